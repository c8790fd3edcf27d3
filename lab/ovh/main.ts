/** The fake API as a process of the lab: `node main.js`, started and ended by `postfleet lab`. */

import { readJson } from "../../system/files";
import { GATEWAY, ipv4, OVH_API_PORT } from "../plan";
import type { Credentials } from "./auth";
import { listenForControl } from "./control";
import { labAccount } from "./lab-account";
import { LabWorld } from "./lab-world";
import { ovhFiles } from "./places";
import { startFakeOvh } from "./server";

async function main(): Promise<void> {
  const credentials = readJson<Credentials>(ovhFiles.credentials());
  if (!credentials) throw new Error(`${ovhFiles.credentials()} is missing: run \`postfleet lab up --ovh\``);
  const world = new LabWorld();
  const host = ipv4(GATEWAY);
  const fake = await startFakeOvh({
    ...{ world, account: labAccount(), credentials, host, port: OVH_API_PORT, directory: ovhFiles.directory() },
    names: [host, "127.0.0.1", "localhost", "api.ovh.lab.example"],
  });
  await world.restore(fake.state);
  const control = await listenForControl(fake, ovhFiles.control());
  const end = async (): Promise<void> => {
    control.close();
    await fake.close();
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void end());
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});

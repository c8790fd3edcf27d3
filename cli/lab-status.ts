/** What `postfleet lab status --json` says, which is how other programs learn about the lab. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { promisify } from "node:util";
import { ACME_MANAGEMENT_PORT, ACME_NAME, hostNamed, ipv4 } from "../lab/plan";
import { statePath } from "../lab/state";
import { UserError } from "./errors";
import type { Account } from "./mail";
import { PROJECT_ROOT } from "./paths";

/** The part of the status that is used here. */
export interface LabStatus {
  hosts: { name: string; ipv4: string }[];
  /** IPv4 address of the lab's resolver. */
  resolver: string;
  /** Private key of the operator. */
  sshKeyFile: string;
  probeAccounts: Account[];
}

/** Asks the command, not its code: this is the contract that others rely on. */
export async function labStatus(): Promise<LabStatus> {
  const program = join(PROJECT_ROOT, "bin", "postfleet");
  const { stdout } = await promisify(execFile)(program, ["lab", "status", "--json"]).catch((error: Error) => {
    throw new UserError(`the lab does not tell its status: ${error.message}`, "postfleet lab up mends it");
  });
  return JSON.parse(stdout) as LabStatus;
}

/** The account of that local part, e.g. "zoe". */
export function probeAccount(status: LabStatus, localPart: string): Account {
  const account = status.probeAccounts.find(({ address }) => address.startsWith(`${localPart}@`));
  if (account) return account;
  const known = status.probeAccounts.map(({ address }) => address).join(", ") || "none";
  throw new UserError(`the lab has no account of "${localPart}"; its accounts: ${known}`);
}

/** Certificates that the lab's servers have theirs from: its own CA, and the issuing root of its ACME server. */
export async function labAuthorities(): Promise<string[]> {
  const own = readFileSync(statePath("pki", "ca.pem"), "utf8");
  const issuing = await new Promise<string>((resolve, reject) => {
    const where = { host: ipv4(hostNamed("net1").number), port: ACME_MANAGEMENT_PORT, path: "/roots/0" };
    const asked = request({ ...where, servername: ACME_NAME, ca: own, timeout: 10_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (data: string) => {
        text += data;
      });
      response.on("end", () => resolve(text));
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer within 10 s")));
    asked.on("error", (error) =>
      reject(new UserError(`the lab's ACME server: ${error.message}`, "postfleet lab up mends it")),
    );
    asked.end();
  });
  return [own, issuing];
}

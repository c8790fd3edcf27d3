/** What a deployment wants to know of the lab: accounts, resolver, certificates. See `postfleet lab status --json`. */
import { readFileSync } from "node:fs";
import { type LabStatus, type ProbeAccount, status } from "../../lab/status";
import { UserError } from "../../system/errors";
import type { Network } from "../surroundings/types";
import type { Account } from "./mail";

/** The account of that local part, e.g. "zoe". */
export function probeAccount(accounts: ProbeAccount[], localPart: string): Account {
  const account = accounts.find(({ address }) => address.startsWith(`${localPart}@`));
  if (account) return account;
  const known = accounts.map(({ address }) => address).join(", ") || "none";
  throw new UserError(
    `the lab has no account of "${localPart}"; its accounts: ${known}`,
    "postfleet deploy --stack lab makes the site's accounts, postfleet lab up those of the foreign provider",
  );
}

/** The lab's status, and how its servers are reached and trusted from this machine. */
export async function labNetwork(): Promise<{ lab: LabStatus; network: Network }> {
  const lab = await status();
  if (!lab.checkout)
    throw new UserError("there is no lab on this machine", "postfleet deploy --stack lab brings it up");
  const ca = [lab.acme.caFile, lab.acme.rootFile].map((file) => readFileSync(file, "utf8"));
  return { lab, network: { resolver: lab.resolver.ipv4, ca } };
}

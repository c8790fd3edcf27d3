/** The site on OVH's side of the lab: its stack, its site file, OVH's API as a customer sees it, and its mail. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Account,
  certificateFault as fault,
  type Letter,
  type Received,
  send,
  waitFor,
} from "../../../cli/lab/mail";
import type { Network } from "../../../cli/surroundings/types";
import type { Credentials } from "../../../lab/ovh/auth";
import { controlled } from "../../../lab/ovh/control";
import type { LogEntry } from "../../../lab/ovh/http";
import type { OvhStatus } from "../../../lab/ovh/status";
import { vendorClient } from "../../lab/ovh/client";
import { command, lab, type Outcome, POSTFLEET, ROOT } from "./lab";

export const STACK = "ovh-lab";
const SITE_FILE = join(ROOT, "stacks", `${STACK}.yaml`);
const original = readFileSync(SITE_FILE, "utf8");
/** The consent to install holds for a week: today's date stands in the place of that in the repository. */
let current = original.replace(/reinstall: "[\d-]+"/g, `reinstall: "${new Date().toISOString().slice(0, 10)}"`);

beforeAll(() => writeFileSync(SITE_FILE, current));
// Also when a test ran out of time in the middle of an update.
afterAll(() => writeFileSync(SITE_FILE, original));

/** Changes the site file as an operator would, until the end of the test file. The text is that of the last change. */
export function editSite(change: (text: string) => string): void {
  const changed = change(current);
  expect(changed).not.toBe(current);
  current = changed;
  writeFileSync(SITE_FILE, current);
}

/** Runs pulumi on the stack. */
export function pulumi(args: string[], timeout = 600): Promise<Outcome> {
  const all = ["pulumi", "--stack", STACK, "--", ...args, "--non-interactive", "--color", "never"];
  return command(POSTFLEET, all, { timeout });
}

/** A preview finds everything as it should be; when not, its own words are in the failure. */
export async function expectNoChange(): Promise<void> {
  const { status, output } = await pulumi(["preview", "--expect-no-changes"]);
  expect({ status, output: status === 0 ? "" : output }).toEqual({ status: 0, output: "" });
}

export const up = (): Promise<Outcome> => pulumi(["up", "--yes", "--skip-preview"]);

/** Nothing of an earlier run: no state, no servers, no records. */
export async function fromNothing(): Promise<void> {
  await command(POSTFLEET, ["lab", "down", "--ovh"], { timeout: 300 });
  const made = await command(POSTFLEET, ["lab", "up", "--ovh"], { timeout: 900 });
  if (made.status !== 0) throw new Error(made.output);
  for (const ending of ["json", "json.attrs", "json.bak", "json.bak.attrs"]) {
    rmSync(join(ROOT, ".lab/state/.pulumi/stacks/postfleet", `${STACK}.${ending}`), { force: true });
  }
  rmSync(join(ROOT, "stacks", `Pulumi.${STACK}.yaml`), { force: true });
}

async function ovh(): Promise<OvhStatus> {
  const { ovh: side } = (await lab()) as unknown as { ovh?: OvhStatus };
  if (!side) throw new Error("OVH's side of the lab is not up");
  return side;
}

/** The back door of the fake: faults, rules, the log of requests. */
export const backDoor = async (): Promise<ReturnType<typeof controlled>> => controlled((await ovh()).controlSocket);

/** Calls that changed something, as "POST /domain/zone/campus.example/refresh 204". */
export async function writes(): Promise<string[]> {
  const entries: LogEntry[] = await (await backDoor()).log();
  return entries
    .filter(({ method }) => method !== "GET")
    .map(({ method, path, status }) => `${method} ${path} ${status}`);
}

/** A call of OVH's API by the vendor's client, as somebody at the web panel would make it. */
export async function call<T>(method: string, path: string, body: object = {}): Promise<T> {
  const side = await ovh();
  const credentials = JSON.parse(readFileSync(side.credentialsFile, "utf8")) as Credentials;
  try {
    return await vendorClient({ ...side, credentials }).requestPromised<T>(method, path, body);
  } catch (error) {
    // The client takes 204 for a failure.
    if ((error as { error?: number }).error === 204) return undefined as T;
    throw new Error(`${method} ${path}: ${JSON.stringify(error)}`);
  }
}

/** The answer of one name server, short. */
export async function dig(server: string, name: string, type: string): Promise<string> {
  return (await command("dig", [`@${server}`, "+short", "+time=2", "+tries=2", name, type])).stdout.trim();
}

export const nameServers = async (): Promise<string[]> => (await ovh()).nameServers.map(({ ipv4 }) => ipv4);

let accounts: Record<string, string> | undefined;

/** An account of the site, or of the foreign provider. */
async function account(address: string): Promise<Account> {
  if (address.endsWith("foreign.example")) {
    const found = (await lab()).probeAccounts.find((each) => each.address === address);
    return found as unknown as Account;
  }
  accounts ??= JSON.parse((await pulumi(["stack", "output", "accounts", "--json", "--show-secrets"])).stdout);
  const at = (host: string, port: number) => ({ host: `${host}.campus.example`, port });
  return { address, password: accounts?.[address] ?? "", imap: at("imap", 993), submission: at("smtp", 465) };
}

async function network(): Promise<Network> {
  const { acme, resolver } = await lab();
  const ca = [acme.caFile, acme.rootFile].map((file) => readFileSync(file, "utf8"));
  return { resolver: resolver.ipv4, ca };
}

/** Why clients do not trust a server yet. */
export const certificateFault = async (host: string, port: number) => fault({ host, port }, await network());

/** Sends as an account, by names that DNS must know and certificates that must be valid. */
export const mail = async (from: string, letter: Letter) => send(await account(from), letter, await network());

/** Waits for a mail of that subject. */
export async function read(address: string, subject: string, seconds = 60): Promise<Received> {
  const found = await waitFor(await account(address), subject, await network(), seconds);
  if (!found) throw new Error(`${address} has no "${subject}" within ${seconds} s`);
  return found;
}

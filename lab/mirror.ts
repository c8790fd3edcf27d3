/** Where Debian packages come from, as seen by the outer machine; the lab's hosts get the same way. */
import { lookup } from "node:dns/promises";
import { UserError } from "../system/errors";
import { attempt } from "../system/run";

/** Debian's mirror network; `POSTFLEET_DEBIAN_MIRROR` names another one (`http://host/debian`). */
export const mirrorUrl = (): string =>
  (process.env.POSTFLEET_DEBIAN_MIRROR ?? "http://deb.debian.org/debian").replace(/\/$/, "");

/** Lines of /etc/apt/sources.list for Debian 13 with its updates and security updates. */
export function aptSources(mirror: string): string[] {
  return [
    `deb ${mirror} trixie main`,
    `deb ${mirror} trixie-updates main`,
    `deb ${mirror}-security trixie-security main`,
  ];
}

/**
 * The outer machine's settings of how packages are fetched (a proxy, a frozen mirror), for the hosts of the lab: they sit
 * behind the same way out.
 */
export function fetchSettings(aptConfigDump: string): string {
  const wanted = /^Acquire::(?:(?:http|https)::Proxy(?:::.*)?|Check-Valid-Until|Check-Date) /;
  return aptConfigDump
    .split("\n")
    .filter((line) => wanted.test(line) && !/ "";$/.test(line))
    .map((line) => `${line}\n`)
    .join("");
}

export async function outerFetchSettings(): Promise<string> {
  return fetchSettings((await attempt(["apt-config", "dump"])).stdout);
}

/** IPv4 addresses of the mirror, looked up by the outer machine: the lab's own DNS does not know the real Internet. */
export async function mirrorAddresses(): Promise<{ name: string; addresses: string[] }> {
  const name = new URL(mirrorUrl()).hostname;
  try {
    const found = await lookup(name, { family: 4, all: true });
    return { name, addresses: found.map((entry) => entry.address) };
  } catch (error) {
    throw new UserError(
      `the Debian mirror ${name} has no IPv4 address: ${error instanceof Error ? error.message : String(error)}`,
      "check this machine's DNS, or set POSTFLEET_DEBIAN_MIRROR=http://host/debian",
    );
  }
}

/** What each host of the lab is made with: its files, and the shell lines that run in it before its first boot. */
import { dkimRecords, foreignFiles, foreignSetup } from "./foreign1";
import { identityFiles, type LabFiles } from "./identity";
import { type NetArgs, netFiles, netSetup } from "./net1";
import { rootFiles } from "./net1/unbound";
import { ovhFiles, ovhSetup } from "./ovh1";
import type { LabHost } from "./plan";
import { type LabSecrets, publicKeyHash } from "./secrets";

export interface HostContents {
  files: LabFiles;
  /** Lines of sh(1), run as root in the host's file system. */
  setup: string;
}

const TRUST = "/usr/local/share/ca-certificates";

/**
 * An image may be older than the mirror's packages: a new host has package lists of today. The stamp is as old as the
 * image. Without the mirror the old lists serve, as far as the packages are in the cache.
 */
const FRESH_LISTS = `stamp=/var/lib/systemd/timers/stamp-apt-daily.timer
if [ -n "$(find $stamp -mmin +1440)" ]; then apt-get -qq update && touch $stamp || true; fi
`;

function netArgs(secrets: LabSecrets): NetArgs {
  return {
    foreign: { dkim: dkimRecords(secrets.dkim), publicKeyHash: publicKeyHash(secrets.mx.certificate) },
    zoneKey: (zone) => secrets.zoneKeys[zone] ?? "",
    acme: secrets.acme,
  };
}

/** The contents of a host; `apt` are settings of how the outer machine fetches packages. */
export function hostContents(host: LabHost, secrets: LabSecrets, apt: string): HostContents {
  const trust: LabFiles = { [`${TRUST}/postfleet-lab.crt`]: { content: secrets.ca } };
  const files = identityFiles(host, { trust, dns: rootFiles(secrets.zoneKeys["."] ?? ""), apt });
  const setup = `${FRESH_LISTS}update-ca-certificates >/dev/null\n`;
  if (host.name === "net1") {
    return { files: { ...files, ...netFiles(netArgs(secrets)) }, setup: setup + netSetup(netArgs(secrets)) };
  }
  if (host.name === "foreign1") {
    const { dkim, passwords, policies } = secrets;
    const args = { ...secrets.mx, policies, dkim, passwords };
    return { files: { ...files, ...foreignFiles(args) }, setup: setup + foreignSetup() };
  }
  if (host.roles.includes("ovh")) return { files: { ...files, ...ovhFiles() }, setup: setup + ovhSetup() };
  return { files, setup };
}

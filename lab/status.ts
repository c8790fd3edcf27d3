/** `lab status`: what runs and where it is, for people and for programs. */

import { readJson } from "../system/files";
import { acmeRootFile } from "./acme";
import { operatorKey } from "./keys";
import { isRunning } from "./machines";
import { type OvhStatus, ovhLines, ovhStatus } from "./ovh/status";
import { ACME_DIRECTORY, FOREIGN_DOMAIN, HOSTS, hostNamed, ipv4, ipv6, type LabRole, OVH_HOST, RESOLVER } from "./plan";
import { services } from "./services";
import { sshAnswers } from "./ssh";
import { readMarker, statePath } from "./state";

/** A mailbox to test with. */
export interface ProbeAccount {
  address: string;
  password: string;
  imap: { host: string; port: number };
  submission: { host: string; port: number };
}

/** What `lab status --json` prints. */
export interface LabStatus {
  /** The checkout that made the lab; absent when there is no lab. */
  checkout?: string;
  hosts: { name: string; ipv4: string; ipv6: string; roles: LabRole[]; running: boolean; ssh: boolean }[];
  /** Services of the lab's own hosts. */
  services: { name: string; host: string; answers: boolean }[];
  resolver: { ipv4: string; ipv6: string };
  sshKeyFile: string;
  knownHostsFile: string;
  /** `caFile` is the CA of the directory's own certificate; `rootFile` holds the roots of what it issues. */
  acme: { directory: string; caFile: string; rootFile: string };
  probeAccounts: ProbeAccount[];
  /** OVH's side, when it was asked for. */
  ovh?: OvhStatus;
}

/** Passwords of the site's accounts, written by whoever deploys the site to the lab. */
export const siteAccountsFile = (): string => statePath("site-accounts.json");

function probeAccounts(): ProbeAccount[] {
  const account = (address: string, password: string, host: string): ProbeAccount => ({
    address,
    password,
    imap: { host, port: 993 },
    submission: { host, port: 465 },
  });
  const foreign = Object.entries(readJson<Record<string, string>>(statePath("passwords.json")) ?? {});
  const site = readJson<{ address: string; password: string }[]>(siteAccountsFile()) ?? [];
  return [
    ...site.map(({ address, password }) => account(address, password, hostNamed("mail1").hostname)),
    ...foreign.map(([address, password]) => account(address, password, `mx.${FOREIGN_DOMAIN}`)),
  ];
}

/** Looks at everything, changes nothing. */
export async function status(): Promise<LabStatus> {
  const marker = readMarker();
  const checkout = marker?.checkout;
  const present = marker?.ovh ? [...HOSTS, OVH_HOST] : HOSTS;
  const hosts = present.map(async (host) => {
    const running = isRunning(host);
    const where = { ipv4: ipv4(host.number), ipv6: ipv6(host.number) };
    return { name: host.name, ...where, roles: host.roles, running, ssh: running && (await sshAnswers(host)) };
  });
  const found = services(present).map(async (service) => ({
    name: service.name,
    host: service.host.name,
    answers: isRunning(service.host) && (await service.answers()),
  }));
  return {
    ...(checkout ? { checkout } : {}),
    hosts: await Promise.all(hosts),
    services: await Promise.all(found),
    resolver: { ipv4: RESOLVER.ipv4, ipv6: RESOLVER.ipv6 },
    sshKeyFile: operatorKey(),
    knownHostsFile: statePath("known_hosts"),
    acme: { directory: ACME_DIRECTORY, caFile: statePath("pki", "ca.pem"), rootFile: acmeRootFile() },
    probeAccounts: probeAccounts(),
    ...(marker?.ovh ? { ovh: await ovhStatus() } : {}),
  };
}

/** Whether everything answers. */
export const isHealthy = (lab: LabStatus): boolean =>
  lab.checkout !== undefined &&
  lab.hosts.every((h) => h.running && h.ssh) &&
  lab.services.every((s) => s.answers) &&
  (lab.ovh?.answers ?? true);

/** The status as a table. */
export function statusTable(lab: LabStatus): string {
  if (!lab.checkout) return "there is no lab on this machine; `postfleet lab up` makes one\n";
  const rows = lab.hosts.map((host) => {
    const own = lab.services.filter((service) => service.host === host.name);
    const state = host.ssh ? "up" : host.running ? "no SSH" : "down";
    const notes = own.map((service) => `${service.answers ? "✓" : "✗"} ${service.name}`).join("  ");
    return [host.name, host.ipv4, host.ipv6, state, host.roles.join(", "), notes];
  });
  const all = [["host", "ipv4", "ipv6", "state", "roles", "services"], ...rows];
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `lab of ${lab.checkout}\n${[...lines, ...(lab.ovh ? ovhLines(lab.ovh) : [])].join("\n")}\n`;
}

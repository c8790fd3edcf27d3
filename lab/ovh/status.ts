/** OVH's side in `lab status`. */
import { hasDisk, isRunning } from "../machines";
import { GATEWAY, ipv4, ipv6, OVH_API_PORT, OVH_DOMAINS, OVH_NAMESERVERS, OVH_SERVERS, OVH_STORAGE } from "../plan";
import { sshAnswers } from "../ssh";
import { ADDITIONAL_BLOCK, serviceName } from "./lab-account";
import { storagePasswordsFile } from "./lab-world";
import { API_URL, apiAnswers } from "./part";
import { ovhFiles } from "./places";

/** What programs need to know of OVH's side. */
export interface OvhStatus {
  /** https://HOST:PORT/1.0 */
  url: string;
  host: string;
  port: number;
  answers: boolean;
  /** CA to trust, e.g. by NODE_EXTRA_CA_CERTS. */
  caFile: string;
  /** JSON, mode 0600: applicationKey, applicationSecret, consumerKey. */
  credentialsFile: string;
  /** The same as variables for sh(1), with endpoint and CA; mode 0600. */
  environmentFile: string;
  /** Back door for tests: faults, settings, rules, request log. See lab/ovh/control.ts. */
  controlSocket: string;
  nameServers: { name: string; ipv4: string; ipv6: string }[];
  /** Zones of the account, delegated to the name servers. */
  domains: string[];
  /** Dedicated servers; without a system until they are reinstalled. */
  servers: { service: string; host: string; ipv4: string; ipv6: string; installed: boolean; ssh: boolean }[];
  additionalIps: string[];
  /** SFTP; accounts are the servers' host names, their passwords in a JSON file, mode 0600. */
  storage: { host: string; passwordsFile: string };
}

/** Looks at everything, changes nothing. */
export async function ovhStatus(): Promise<OvhStatus> {
  const servers = OVH_SERVERS.map(async (host) => ({
    ...{ service: serviceName(host), host: host.name, ipv4: ipv4(host.number), ipv6: ipv6(host.number) },
    installed: hasDisk(host),
    ssh: isRunning(host) && (await sshAnswers(host)),
  }));
  const host = ipv4(GATEWAY);
  return {
    ...{ url: API_URL, host, port: OVH_API_PORT, answers: await apiAnswers() },
    ...{
      caFile: ovhFiles.ca(),
      credentialsFile: ovhFiles.credentials(),
      environmentFile: ovhFiles.environment(),
      controlSocket: ovhFiles.control(),
    },
    nameServers: Object.entries(OVH_NAMESERVERS).map(([name, n]) => ({ name, ipv4: ipv4(n), ipv6: ipv6(n) })),
    domains: [...OVH_DOMAINS],
    servers: await Promise.all(servers),
    additionalIps: [ADDITIONAL_BLOCK],
    storage: { host: OVH_STORAGE, passwordsFile: storagePasswordsFile() },
  };
}

/** Lines for the status table. */
export function ovhLines(ovh: OvhStatus): string[] {
  const servers = ovh.servers.map(
    ({ service, ipv4: address, installed, ssh }) =>
      `  ${service}  ${address}  ${ssh ? "up" : installed ? "down" : "no system yet"}`,
  );
  return [`OVH's API ${ovh.url}  ${ovh.answers ? "answers" : "does not answer"}`, ...servers];
}

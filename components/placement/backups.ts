/** The two ends of backups: what keeps them, and the hosts that are backed up. */
import * as pulumi from "@pulumi/pulumi";
import { BackupTarget } from "../../roles/backup";
import { selfSigned } from "../../roles/backup/certificate";
import { BackupClient } from "../../roles/backup-client";
import { addressesOf, type HostSpec, hostsWith, presentHosts } from "../../site";
import type { SharedSecrets } from "../resources/secrets";
import { holdsData } from "../roles";
import type { Place } from "./place";

/** A client's login at one target, and the password of its restic repository there: both ends know them. */
const loginOf = (shared: SharedSecrets, client: HostSpec, target: HostSpec): pulumi.Output<string> =>
  shared.password(`backup-${client.name}-${target.name}-login`);
const repositoryOf = (shared: SharedSecrets, client: HostSpec, target: HostSpec): pulumi.Output<string> =>
  shared.password(`backup-${client.name}-${target.name}-repository`);

const keyOf = (shared: SharedSecrets, target: HostSpec): pulumi.Output<string> =>
  shared.key(`backup-${target.name}`, "ed25519");

const certificateOf = (shared: SharedSecrets, target: HostSpec): pulumi.Output<string> =>
  // The certificate is public, though it is computed from the key.
  pulumi.unsecret(keyOf(shared, target).apply((key) => selfSigned(key, [target.hostname, ...addressesOf([target])])));

/** A value for each host, by its name. */
const byName = <T>(hosts: HostSpec[], value: (host: HostSpec) => T): Record<string, T> =>
  Object.fromEntries(hosts.map((host) => [host.name, value(host)]));

export const backup: Place = (name, host, connection, { site, shared }, opts) => {
  const clients = presentHosts(site).filter(holdsData);
  return new BackupTarget(
    name,
    {
      host: connection,
      clients: clients.map((client) => ({ name: client.name, addresses: addressesOf([client]) })),
      certificate: certificateOf(shared, host),
      privateKey: keyOf(shared, host),
      ...(site.backups ? { keep: site.backups.keep } : {}),
      passwords: byName(clients, (client) => loginOf(shared, client, host)),
      repositoryPasswords: byName(clients, (client) => repositoryOf(shared, client, host)),
    },
    opts,
  );
};

export const backupClient: Place = (name, host, connection, { site, shared }, opts) => {
  const targets = hostsWith(site, "backup").filter((target) => site.backups?.targets.includes(target.name));
  return new BackupClient(
    name,
    {
      host: connection,
      client: host.name,
      targets: targets.map((target) => ({
        name: target.name,
        address: target.address,
        certificate: certificateOf(shared, target),
      })),
      every: site.backups?.every ?? 60,
      passwords: byName(targets, (target) => loginOf(shared, host, target)),
      repositoryPasswords: byName(targets, (target) => repositoryOf(shared, host, target)),
    },
    opts,
  );
};

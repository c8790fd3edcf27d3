/** What is worth a backup has one, and it is not on the same host. */
import { BACKUP_DIRECTORY } from "../roles/shared/paths";
import type { Role } from "./finding";

/** A backup client has one secret file a target: `/etc/postfleet/backup/<target>.env`. */
const TARGET = /\/backup\/([^/]+)\.env$/;

function targetsOf(client: Role): string[] {
  return Object.keys(client.secretFiles ?? {}).flatMap((path) => TARGET.exec(path)?.[1] ?? []);
}

/** True when a role says that it has data to back up. */
function holdsData(role: Role): boolean {
  return Object.keys(role.files ?? {}).some((path) => path.startsWith(`${BACKUP_DIRECTORY}/`));
}

function sameHost(a: Role, b: Role): boolean {
  return a.host?.name === b.host?.name || (a.host?.address !== undefined && a.host.address === b.host?.address);
}

/** Findings over all roles of a stack. Places are compared by host; that a target stands elsewhere is checked by site/. */
export function missingBackups(roles: Role[]): string[] {
  const clients = roles.filter((role) => role.role === "backup-client");
  const targets = roles.filter((role) => role.role === "backup");
  const findings: string[] = [];
  const hosts = new Set(roles.filter((role) => holdsData(role) && !role.host?.lost).map((role) => role.host?.name));
  for (const host of hosts) {
    const client = clients.find((each) => each.host?.name === host);
    if (!client) {
      const held = roles.filter((role) => role.host?.name === host && holdsData(role)).map((role) => role.role);
      findings.push(
        `${host} holds data (${held.join(", ")}) and has no backup; add a host with the role backup elsewhere`,
      );
      continue;
    }
    const elsewhere = targetsOf(client).filter((name) => {
      const target = targets.find((each) => each.host?.name === name);
      // A target that is no host of this stack stands somewhere else by definition.
      return target ? !sameHost(target, client) : name !== host;
    });
    if (elsewhere.length === 0) {
      findings.push(`${host} is backed up to itself only; a backup that is lost together with its host is none`);
    }
  }
  return findings;
}

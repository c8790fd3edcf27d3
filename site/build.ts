/** From a draft to the specification: names with their defaults, implied roles, lists instead of entries. */

import { buildOvh, buildOvhHost, usesOvh } from "./build-ovh";
import type { RoleRule } from "./roles";
import type { suspended as suspendedFields } from "./schema/accounts";
import { type Draft, values } from "./schema/kinds";
import type { SiteDraft } from "./schema/site";
import type { undeclared as undeclaredFields } from "./schema/undeclared";
import {
  type AllowedSpec,
  type DnsSpec,
  type DomainSpec,
  type HostSpec,
  type KeysSpec,
  type MailboxSpec,
  type OwnFileSpec,
  ROLES,
  type RoleName,
  type SiteSpec,
} from "./types";

/** Roles in their fixed order, with those that are implied. */
function allRoles(written: readonly RoleName[], roles: readonly RoleRule[]): RoleName[] {
  const implied = roles.filter(({ impliedBy }) => impliedBy.some((role) => written.includes(role)));
  const all = [...written, ...implied.map(({ name }) => name)];
  return ROLES.filter((role) => all.includes(role));
}

/** What was required and refused is empty: only a draft without errors becomes a specification that may be used. */
export function buildSite(
  draft: SiteDraft,
  hostKeys: ReadonlyMap<string, string[]>,
  files: ReadonlyMap<string, Record<string, OwnFileSpec>>,
  roles: readonly RoleRule[],
): SiteSpec {
  const first = draft.domains?.[0]?.key ?? "";
  const hosts = (draft.hosts ?? []).map(
    ({ key: name, value: host }): HostSpec => ({
      name,
      address: host.address ?? "",
      ...(host.address6 !== undefined && { address6: host.address6 }),
      location: host.location,
      hostname: host.hostname ?? `${name}.${first}`,
      roles: allRoles(values(host.roles), roles),
      ...(host.replaces !== undefined && { replaces: host.replaces }),
      sshPort: host.sshPort,
      hostKeys: [...new Set([...values(host.hostKeys), ...(hostKeys.get(name) ?? [])])],
      ...(host.jump !== undefined && { jump: host.jump }),
      lost: host.lost,
      ...(host.mxPreference !== undefined && { mxPreference: host.mxPreference }),
      ...undeclared(values(host.undeclared)),
      ...(host.files.length > 0 && { files: files.get(name) ?? {} }),
      ...(host.ovh !== undefined && { ovh: buildOvhHost(name, host.ovh) }),
    }),
  );

  const domains = (draft.domains ?? []).map(
    ({ key: name, value: domain }): DomainSpec => ({
      name,
      dmarc: domain.dmarc,
      ...(domain.dmarcTesting && { dmarcTesting: true }),
      ...(domain.dmarcSubdomains !== undefined && { dmarcSubdomains: domain.dmarcSubdomains }),
      ...(domain.dmarcNonexistent !== undefined && { dmarcNonexistent: domain.dmarcNonexistent }),
      dmarcReports: domain.dmarcReports ?? `postmaster@${name}`,
      ...(domain.dmarcFailureReports !== undefined && { dmarcFailureReports: domain.dmarcFailureReports }),
      ...(domain.catchAll !== undefined && { catchAll: domain.catchAll }),
      mail: domain.mail,
      spf: values(domain.spf),
      ...(domain.transport !== undefined && { transport: domain.transport }),
      ...(domain.dav !== undefined && { dav: domain.dav }),
    }),
  );

  const { mailboxes, aliases, groups } = draft.accounts;
  const { acme } = draft.certificates;
  const backups = draft.backups;
  const backupHosts = hosts.filter((host) => host.roles.includes("backup") && !host.lost).map((host) => host.name);
  return {
    site: draft.site ?? "",
    ssh: { user: draft.ssh.user },
    hosts,
    domains,
    accounts: {
      source: "file",
      mailboxes: mailboxes.map(({ key: address, value: mailbox }) => ({
        address,
        name: mailbox.name ?? address.slice(0, address.lastIndexOf("@")),
        quota: mailbox.quota ?? draft.mailstore.quota,
        ...(mailbox.passwordHash !== undefined && { passwordHash: mailbox.passwordHash }),
        sendAs: values(mailbox.sendAs),
        ...suspension(mailbox.suspended),
      })),
      aliases: Object.fromEntries(aliases.map(({ key, value }) => [key, values(value)])),
      groups: groups.map(({ key: address, value: group }) => ({
        address,
        members: values(group.members ?? []),
        internal: group.internal,
      })),
    },
    mx: {
      ...draft.mx,
      blockLists: values(draft.mx.blockLists).map(({ zone, weight }) => ({ zone: zone ?? "", weight })),
    },
    submission: draft.submission,
    relay: {
      ...(draft.relay.smarthost !== undefined && { smarthost: draft.relay.smarthost }),
      smarthostLogin: draft.relay.smarthostLogin,
      queueLifetime: draft.relay.queueLifetime,
    },
    filter: { ...draft.filter, signatures: values(draft.filter.signatures) },
    mailstore: draft.mailstore,
    webmail: { name: draft.webmail.name ?? `webmail.${first}`, productName: draft.webmail.productName },
    dns: buildDns(draft.dns),
    certificates: acme
      ? {
          acme: {
            directory: acme.directory,
            email: acme.email ?? `postmaster@${first}`,
            ...(acme.caFile !== undefined && { caFile: acme.caFile }),
            issuers: values(acme.issuers),
            renewBefore: acme.renewBefore,
          },
        }
      : {},
    bans: { allow: values(draft.bans.allow), connections: draft.bans.connections },
    keys: buildKeys(draft),
    system: { ...draft.system, ntp: values(draft.system.ntp) },
    ...(backups && {
      backups: {
        every: backups.every,
        keep: backups.keep,
        ...(backups.minFree !== undefined && { minFree: backups.minFree }),
        targets: backups.targets ? values(backups.targets) : backupHosts,
        readableByTarget: backups.readableByTarget,
      },
    }),
    ...(usesOvh(draft) && { ovh: buildOvh(draft.ovh) }),
  };
}

const HALF_A_YEAR = 180 * 86400;

/** A rotation that needs records published by hand is not begun unasked. */
function buildKeys({ keys: { dkim, tls }, dns }: SiteDraft): KeysSpec {
  const rotate = dkim.rotate ?? (dns.provider === "none" ? 0 : HALF_A_YEAR);
  return {
    dkim: { ...(rotate > 0 && { rotate }), retention: dkim.retention, shared: dkim.shared },
    tls: { ...(tls.rotate > 0 && { rotate: tls.rotate }) },
  };
}

function buildDns({ provider, api, ttl, dnssec, records }: SiteDraft["dns"]): DnsSpec {
  return {
    provider,
    ...(records.length > 0 && {
      records: records.map(({ key: name, value }) => ({
        name,
        sets: value.map(({ key: type, value: given }) => ({ type, values: values(given) })),
      })),
    }),
    ...(api !== undefined && { api: { url: api.url ?? "", server: api.server } }),
    ttl,
    dnssec: dnssec ?? provider !== "none",
  };
}

/** What was required and refused leaves nothing behind: the file is refused with it. */
function suspension(given: SuspensionDraft | undefined): Pick<MailboxSpec, "suspended"> {
  if (given?.since === undefined || given.why === undefined) return {};
  return { suspended: { since: given.since, why: given.why, mail: given.mail } };
}

type UndeclaredDraft = Draft<typeof undeclaredFields>;
type SuspensionDraft = Draft<typeof suspendedFields>;

/** What becomes of what nobody declared. */
function undeclared(entries: UndeclaredDraft[]): Pick<HostSpec, "allowed" | "removed"> {
  const allowed = entries.flatMap(({ what, allow: why, until }): AllowedSpec[] =>
    what !== undefined && why !== undefined && until !== undefined ? [{ what, why, until }] : [],
  );
  const removed = entries.flatMap(({ what, remove }) => (remove && what ? [what.slice(what.indexOf(" ") + 1)] : []));
  return { ...(allowed.length > 0 && { allowed }), ...(removed.length > 0 && { removed }) };
}

/** Rules about backups: they exist, and the loss of one place leaves one of them. */
import { several } from "../problems";
import { type Check, holders, presentHost, rolesReadable } from "./checked";

const targets: Check = {
  rule: "`backups.targets` are hosts with the role `backup`, and there is at least one.",
  run(checked) {
    const { draft, site, problems } = checked;
    if (draft.backups === undefined) return;
    for (const { value: name, at } of draft.backups.targets ?? []) {
      const host = presentHost(checked, name, at);
      if (!host || host.roles.includes("backup") || !rolesReadable(checked)) continue;
      const hint = `add backup to the roles of ${name}, or name another host`;
      problems.add(at, {
        message: `${name} does not have the role backup`,
        allowed: "a host with the role backup",
        hint,
      });
    }
    if (draft.backups.targets === undefined && site.backups?.targets.length === 0 && rolesReadable(checked)) {
      problems.add(["backups"], {
        message: "no host has the role backup: there is nowhere to put backups",
        given: several(site.hosts.map((host) => host.name)),
        allowed: "at least one host with the role backup",
        hint: "add a host in another location with `roles: [backup]`",
        onKey: true,
      });
    }
  },
};

const elsewhere: Check = {
  rule: "What a host with data keeps is backed up to at least one target in another `location`.",
  run(checked) {
    const { site, problems } = checked;
    const named = new Set(site.backups?.targets);
    const kept = holders(checked, "backup").filter(({ host }) => named.has(host.name));
    if (kept.length === 0) return;
    for (const location of new Set(holders(checked, "mailstore").map(({ host }) => host.location))) {
      if (kept.some(({ host }) => host.location !== location)) continue;
      for (const { host, at } of kept) {
        problems.add([...at, "location"], {
          message: `the backups on ${host.name} stand in the same location as the mail they are made of`,
          given: location,
          allowed: "a location other than that of the mailstore",
          hint: "a fire takes both: put the backup host elsewhere, and give every host its `location`",
        });
      }
    }
  },
};

const none: Check = {
  rule: "A mailstore without `backups` gets a warning.",
  run(checked) {
    const { draft, problems } = checked;
    if (draft.backups !== undefined || holders(checked, "mailstore").length === 0) return;
    problems.add(["backups"], {
      message: "nothing is backed up",
      given: "(no backups)",
      allowed: "`backups:` and a host with the role backup in another location",
      hint: "add `backups: { every: 1h }`",
      severity: "warning",
    });
  },
};

const unpruned: Check = {
  rule: "`backups.readableByTarget: false` gets a warning: nobody prunes.",
  run({ draft, problems }) {
    if (draft.backups?.readableByTarget !== false) return;
    problems.add(["backups", "readableByTarget"], {
      message: "targets that cannot read the backups neither prune nor check them",
      given: "false",
      allowed: "true, or false and somebody who prunes and checks from elsewhere",
      hint: "repositories grow up to their share of the disk, then backups fail: see docs/decisions/048-passwords-at-the-target.md",
      severity: "warning",
    });
  },
};

export const BACKUP_CHECKS: readonly Check[] = [targets, elsewhere, none, unpruned];

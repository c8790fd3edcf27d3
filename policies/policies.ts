/** The policies, ready for the pack. Each is a pure function in a file of its own; here they get their names. */
import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { missingBackups } from "./backups";
import { ROLE_TYPE, type Role } from "./finding";
import { type RemoteConnection, unpinnedCommand, unpinnedHosts } from "./host-keys";
import { openRelays } from "./open-relay";
import { plainPasswords } from "./passwords";

/** A judgement over each role by itself. */
interface RolePolicy {
  name: string;
  description: string;
  check: (role: Role) => string[];
}

const ROLE_POLICIES: RolePolicy[] = [
  {
    name: "no-plain-password",
    description: "Passwords and private keys stand in secret files only.",
    check: plainPasswords,
  },
  {
    name: "host-key-pinned",
    description: "Every host is known by its SSH host key, jump hosts included.",
    check: unpinnedHosts,
  },
  { name: "no-open-relay", description: "No mail server relays for strangers.", check: openRelays },
];

function forRoles({ name, description, check }: RolePolicy): ResourceValidationPolicy {
  return {
    name,
    description,
    enforcementLevel: "mandatory",
    validateResource: (args, reportViolation) => {
      if (args.type !== ROLE_TYPE) return;
      for (const finding of check(args.props as Role)) reportViolation(finding);
    },
  };
}

const remoteCommands: ResourceValidationPolicy = {
  name: "command-host-key-pinned",
  description: "One-shot commands on a host pin its SSH host key.",
  enforcementLevel: "mandatory",
  validateResource: (args, reportViolation) => {
    if (!args.type.startsWith("command:remote:")) return;
    for (const finding of unpinnedCommand(args.name, args.props.connection as RemoteConnection))
      reportViolation(finding);
  },
};

const backups: StackValidationPolicy = {
  name: "backup-elsewhere",
  description: "Every host that holds mail, databases or keys is backed up to another host.",
  enforcementLevel: "mandatory",
  validateStack: (args, reportViolation) => {
    const roles = args.resources.filter((each) => each.type === ROLE_TYPE).map((each) => each.props as Role);
    for (const finding of missingBackups(roles)) reportViolation(finding);
  },
};

/** All policies, for the pack. */
export const POLICIES = [...ROLE_POLICIES.map(forRoles), remoteCommands, backups];

/** Everything that the policies find in the roles of a site, as `policy: finding`. */
export function judge(roles: Role[]): string[] {
  return [
    ...ROLE_POLICIES.flatMap(({ name, check }) => roles.flatMap(check).map((finding) => `${name}: ${finding}`)),
    ...missingBackups(roles).map((finding) => `${backups.name}: ${finding}`),
  ];
}

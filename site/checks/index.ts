/**
 * What a schema cannot say: rules between values. Each has its rule in one sentence, which the reference prints, and a
 * function that reports everything that breaks it.
 */
import type { RoleRule } from "../roles";
import { ACCOUNT_CHECKS } from "./accounts";
import { BACKUP_CHECKS } from "./backups";
import type { Check } from "./checked";
import { DNS_CHECKS } from "./dns";
import { HOST_CHECKS } from "./hosts";
import { KEY_CHECKS } from "./keys";
import { NAME_CHECKS } from "./names";
import { OVH_CHECKS } from "./ovh";
import { OVH_STORAGE_CHECKS } from "./ovh-storage";
import { roleChecks } from "./roles";
import { SENDER_CHECKS } from "./senders";
import { SERVICE_CHECKS } from "./services";
import { UNDECLARED_CHECKS } from "./undeclared";

/** All rules, in the order of the reference. */
export const checksOf = (roles: readonly RoleRule[]): readonly Check[] => [
  ...HOST_CHECKS,
  ...UNDECLARED_CHECKS,
  ...roleChecks(roles),
  ...ACCOUNT_CHECKS,
  ...DNS_CHECKS,
  ...SENDER_CHECKS,
  ...NAME_CHECKS,
  ...SERVICE_CHECKS,
  ...KEY_CHECKS,
  ...BACKUP_CHECKS,
  ...OVH_CHECKS,
  ...OVH_STORAGE_CHECKS,
];

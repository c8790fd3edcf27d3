/**
 * What a schema cannot say: rules between values. Each has its rule in one sentence, which the reference prints, and a
 * function that reports everything that breaks it.
 */
import type { Problems } from "../problems";
import type { SiteDraft } from "../schema/site";
import type { SiteSpec } from "../types";
import { ACCOUNT_CHECKS } from "./accounts";
import { BACKUP_CHECKS } from "./backups";
import { DNS_CHECKS } from "./dns";
import { HOST_CHECKS } from "./hosts";
import { KEY_CHECKS } from "./keys";
import { NAME_CHECKS } from "./names";
import { OVH_CHECKS } from "./ovh";
import { OVH_STORAGE_CHECKS } from "./ovh-storage";
import { ROLE_CHECKS } from "./roles";
import { SERVICE_CHECKS } from "./services";

/** What a check looks at. Where something was refused, it is missing or empty here. */
export interface Checked {
  /** The file as written, with places. */
  draft: SiteDraft;
  /** The same with all defaults; hosts, domains, mailboxes and groups in the same order. */
  site: SiteSpec;
  problems: Problems;
  /** Paths of what the schema refused: checks need not speak of what follows from it. */
  refused: readonly string[];
  /** Folder of the site file. */
  directory: string;
}

/** One rule. */
export interface Check {
  /** The rule, one sentence. */
  rule: string;
  run(checked: Checked): void;
}

/** All rules, in the order of the reference. */
export const CHECKS: readonly Check[] = [
  ...HOST_CHECKS,
  ...ROLE_CHECKS,
  ...ACCOUNT_CHECKS,
  ...DNS_CHECKS,
  ...NAME_CHECKS,
  ...SERVICE_CHECKS,
  ...KEY_CHECKS,
  ...BACKUP_CHECKS,
  ...OVH_CHECKS,
  ...OVH_STORAGE_CHECKS,
];

/** One role put on one host of a site: the site's facts turned into the role's arguments. */
import { backup, backupClient } from "./placement/backups";
import { certificates, host, nameserver } from "./placement/base";
import { filter, mailstore, mx, relay, submission, webmail } from "./placement/mail";
import type { Place } from "./placement/place";
import type { PlatformRole } from "./rollout";

export { signingRecords } from "./placement/keys";
export type { SiteParts } from "./placement/place";

/** Every role, and how it is put on a host. */
export const deployRoles: Record<PlatformRole, Place> = {
  host,
  nameserver,
  certificates,
  filter,
  mailstore,
  relay,
  submission,
  mx,
  webmail,
  backup,
  "backup-client": backupClient,
};

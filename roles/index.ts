/** Every role, in the order in which a host lists them. A new role is a folder, a line here, its name in `site/types.ts`, its docs. */
import { backup } from "./backup";
import { backupClient } from "./backup-client";
import { bans } from "./bans";
import { certificates } from "./certificates";
import type { AnyRole } from "./define";
import { filter } from "./filter";
import { host } from "./host";
import { link } from "./link";
import { mailstore } from "./mailstore";
import { mx } from "./mx";
import { nameserver } from "./nameserver";
import { relay } from "./relay";
import { submission } from "./submission";
import { webmail } from "./webmail";

export const REGISTRY: readonly AnyRole[] = [
  host,
  link,
  certificates,
  nameserver,
  filter,
  mailstore,
  relay,
  submission,
  mx,
  webmail,
  bans,
  backup,
  backupClient,
];

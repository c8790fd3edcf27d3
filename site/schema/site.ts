/** The format of a site file: the one source of its validation, defaults, JSON Schema and reference. */
import { accounts } from "./accounts";
import { map, object } from "./containers";
import { domain, host } from "./hosts";
import { keys } from "./keys";
import type { Draft, Fields } from "./kinds";
import { domainName, label } from "./names";
import { ovh } from "./ovh";
import { formed, line } from "./scalars";
import { services } from "./services";

const top = {
  site: {
    schema: label,
    description: "Name of the site; it becomes part of names in the state, the backups and the monitoring.",
    required: true,
    examples: ["example"],
  },
  ssh: {
    schema: object({
      user: {
        schema: formed(
          "a user name: letters, digits, hyphens, dots, underscores",
          /^[A-Za-z_][\w.-]{0,31}$/,
          "write root, or the login of one that may sudo",
        ),
        description: "User to log in as: root, or one that may `sudo -n`.",
        default: "root",
      },
      knownHosts: {
        schema: line("a path, relative to the site file", 1000),
        description:
          "File of pinned host keys in OpenSSH's known_hosts format, plain or hashed. Relative to the site file.",
        examples: ["example.known_hosts"],
      },
    }),
    description: "How hosts are reached. The operator's key never stands here, see the provider's configuration.",
    default: {},
  },
  hosts: {
    schema: map(label, object(host), { min: 1 }),
    description: "The Debian 13 hosts: short name -> what it is.",
    required: true,
    examples: [{ mail1: { address: "192.0.2.25", roles: ["mx", "submission", "relay", "mailstore"] } }],
  },
  domains: {
    schema: map(domainName, object(domain), { min: 1 }),
    description: "The mail domains; the first is the site's own. International names may be written as they are read.",
    required: true,
    examples: [{ "example.org": { dmarc: "reject" } }],
  },
  accounts: { schema: object(accounts), description: "Mailboxes, aliases and groups.", default: {} },
  ...services,
  keys: { schema: object(keys), description: "Rotation of keys.", default: {} },
  ovh: {
    schema: object(ovh),
    description: "OVH's API and what is rented there. Credentials never stand here: they are the stack's secret `ovh`.",
    examples: [{ endpoint: "ovh-eu" }],
  },
} satisfies Fields;

/** The whole file. */
export const siteSchema = object(top);
/** What the reader makes of a file, right or wrong: every value with its default, maps and lists with their places. */
export type SiteDraft = Draft<typeof top>;

/** The reference docs/site-file.md, written from the schema and the rules that check a file. */
import { checksOf } from "./checks";
import type { Knowledge } from "./load";
import { type Field, type Fields, inline } from "./schema/kinds";
import { siteSchema } from "./schema/site";

/** A small site, complete; the tests read it with the loader. */
export const EXAMPLE = `# yaml-language-server: $schema=../docs/site-file.schema.json
site: example

ssh: { user: root, knownHosts: example.known_hosts }

hosts:
  mail1:
    address: 192.0.2.25
    address6: 2001:db8::25
    location: lille
    roles: [mx, submission, relay, mailstore, webmail, nameserver]
  back1:
    address: 198.51.100.7
    location: orsay
    roles: [backup]

domains:
  example.org: { dmarc: reject }

accounts:
  mailboxes:
    alice@example.org: { name: Alice Martin }
    bob@example.org: { name: Bob Durand, quota: 5G }
  aliases:
    postmaster@example.org: [alice@example.org]
  groups:
    team@example.org: { members: [alice@example.org, bob@example.org], internal: true }

dns: { provider: powerdns }
certificates: { acme: {} }
backups: { every: 1h }
`;

const INTRO = `# The site file

<!-- Generated from site/schema and site/checks by \`npm run docs\`; change it there. -->

\`stacks/<stack>.yaml\` declares a whole mail platform. What is left out has a default, and the defaults are the secure ones.
\`postfleet validate FILE\` names everything that is wrong with it at once: line, path, what was given, what is allowed and
how to mend it (\`--json\` for other programs). It contacts nothing; \`pulumi preview\` makes the same checks first.

The first line lets editors with yaml-language-server complete the keys and show what they mean.

\`\`\`yaml
${EXAMPLE}\`\`\`

## How values are written

- **YAML 1.2**, one document: \`true\` and \`false\` are the only booleans. Anchors, aliases and \`<<\` may be used; tags, tabs in
  the indentation and keys given twice are refused.
- **Durations** have a unit: \`90s\`, \`30m\`, \`1h\`, \`5d\`, \`2w\`, also together as in \`1h30m\`.
- **Sizes** count in powers of 1024: \`500K\`, \`20M\`, \`1G\`; a number alone counts bytes.
- **Domains** may be written as they are read (\`bücher.example\`); they are used in the form of the DNS
  (\`xn--bcher-kva.example\`). **Addresses** are compared without letter case.
- **Paths** of other files are relative to the site file.
- **Secrets** never stand in it: not in values, not in comments. Passwords of accounts are generated, or given as hashes;
  everything else is in the stack's encrypted configuration.
- **Roles**: \`filter\` is implied on every host with \`mx\` or \`submission\`; the base role and certificates are on every host.
`;

/** The whole reference. */
export function siteFileMarkdown({ roles, ofPlan }: Knowledge): string {
  const top = siteSchema.fields ?? {};
  const sections = Object.entries(top).flatMap(([name, field]) => section(name, field));
  const rules = [...checksOf(roles), ...ofPlan].map((check) => `- ${check.rule}`);
  return [INTRO, "## Keys", "", table(top), "", ...sections, "## Rules between values", "", ...rules, ""].join("\n");
}

/** A heading and a table for every object below a key. */
function section(path: string, field: Field<unknown>): string[] {
  const { fields } = field.schema;
  if (fields === undefined) return [];
  const mapped = field.schema.json.propertyNames !== undefined;
  const listed = field.schema.json.type === "array";
  const inside = mapped ? `${path}.<name>` : listed ? `${path}[]` : path;
  const deeper = Object.entries(fields).flatMap(([name, inner]) => section(`${inside}.${name}`, inner));
  return [`### \`${inside}\``, "", field.description, "", table(fields), "", ...deeper];
}

function table(fields: Fields): string {
  const rows = Object.entries(fields).map(([name, field]) => {
    const cells = [`\`${name}\``, field.description, allowed(field), fallback(field)];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  return ["| key | meaning | allowed | default |", "|---|---|---|---|", ...rows].join("\n");
}

function allowed({ schema, examples }: Field<unknown>): string {
  // Keys of an object have a table of their own.
  const text =
    schema.fields && schema.json.propertyNames === undefined && schema.json.type !== "array"
      ? "see below"
      : schema.allowed;
  const example = examples?.[0];
  if (example === undefined || typeof example === "object") return text;
  const shown = inline(example);
  return text.includes("e.g.") ? text : `${text}; e.g. \`${shown}\``;
}

function fallback({ default: value, otherwise, required }: Field<unknown>): string {
  if (required) return "**required**";
  if (otherwise !== undefined) return otherwise;
  if (value === undefined) return "none";
  if (typeof value === "object" && value !== null && Object.keys(value).length === 0) return "";
  return `\`${inline(value)}\``;
}

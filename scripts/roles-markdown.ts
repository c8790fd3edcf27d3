/** The roles for people to read, from their declarations: docs/roles.md, and the table of the README. */
import type { Instance } from "../plan";
import { REGISTRY } from "../roles";
import type { AnyRole, Listener } from "../roles/define";
import { examplePlan } from "./example";

const row = (...cells: string[]) => `| ${cells.map((cell) => cell.replace(/\|/g, "\\|")).join(" | ")} |`;

/** Each role as it is on the site of the reference; ports of options that are off there are not among them. */
const exampleInstances = (): Map<string, Instance> =>
  new Map(examplePlan().instances.map((instance) => [instance.role, instance]));

function audience({ to }: Listener): string {
  if (to === "world") return "the world";
  return to === "site" ? "hosts of the site" : to.map((role) => `\`${role}\``).join(" and ");
}

const portOf = ({ port, protocol }: Listener) => (protocol === "udp" ? `${port}/udp` : String(port));

/** The table of the README: what each role is, and on how many hosts. */
export function rolesTable(): string {
  const instances = exampleInstances();
  return [
    row("role", "is", "with", "open to the world", "hosts"),
    row("---", "---", "---", "---", "---"),
    ...REGISTRY.map((role) => {
      const open = instances.get(role.name)?.listens.filter(({ to }) => to === "world") ?? [];
      const ports = open.map(portOf).join(", ") || "–";
      return row(`\`${role.name}\`${role.rule ? "" : " (implied)"}`, role.summary, role.software, ports, several(role));
    }),
  ].join("\n");
}

const several = ({ hosts }: AnyRole) => (hosts.several ? "several" : "one");

/** docs/roles.md: everything a role says of itself. */
export function rolesMarkdown(): string {
  const instances = exampleInstances();
  return `# The roles

<!-- Generated from the declarations in roles/ by \`npm run docs\`; change it there. -->

A host has roles; \`host\`, \`link\`, \`certificates\`, \`bans\` and \`backup-client\` come by themselves. Ports are those of a site with the defaults.
${REGISTRY.map((role) => section(role, instances.get(role.name))).join("")}`;
}

function section(role: AnyRole, instance: Instance | undefined): string {
  const needs = role.needs.map(
    ({ role: other, why, optional }) => `- \`${other}\`${optional ? ", where there is one" : ""}: ${why}`,
  );
  const listens = (instance?.listens ?? []).map((one) => `- ${portOf(one)}: ${audience(one)}`);
  const data = role.data.map(
    ({ path, what, backup, loss }) =>
      `- \`${path}\`: ${what}; ${backup ? "in backups" : "not in backups"}. Lost: ${loss}`,
  );
  const watch = role.watch.map(({ what, normal }) => `- ${what}: ${bounds(normal)}`);
  return `
## ${role.name}

${role.summary[0]?.toUpperCase()}${role.summary.slice(1)}. With ${role.software}.

${twins(role)} A change means a ${role.update.by}; what people notice: ${role.update.notice}.
${part("Needs", needs)}${part("Listens on", listens)}${part("Data", data)}${part("What a monitor asks, and what is normal", watch)}`;
}

const part = (title: string, lines: string[]) => (lines.length === 0 ? "" : `\n**${title}**\n\n${lines.join("\n")}\n`);

const bounds = ({ least, most }: { least?: number; most?: number }) =>
  [...(least === undefined ? [] : [`at least ${least}`]), ...(most === undefined ? [] : [`at most ${most}`])].join(
    ", ",
  );

function twins({ hosts, update }: AnyRole): string {
  if (!hosts.several) return "One host has it.";
  const turn = update.twins === "in turn" ? "they are changed one after the other" : "they are changed at once";
  return `Several hosts may have it (${hosts.twins}); ${turn}.`;
}

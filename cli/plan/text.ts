/** A plan for people to read. */
import type { Instance, Plan } from "../../plan";
import type { Listener } from "../../roles/define";

const NONE = "  none\n";
const indented = (lines: string[]) => lines.map((line) => `  ${line}\n`).join("") || NONE;
const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** The whole plan: hosts with their roles, the roll-out, the ways of the mail, names, zones, keys, data. */
export function planText(plan: Plan): string {
  const { site, hosts, instances, zones, records, rings, dataSets } = plan;
  const size = [
    plural(hosts.length, "host"),
    plural(instances.length, "instance"),
    plural(zones.length, "zone"),
    plural(records.length, "record set"),
    plural(rings.length, "ring"),
  ].join(", ");
  const parts: [string, string[]][] = [
    ["Hosts", hosts.flatMap((host) => hostLines(plan, host))],
    ["Roll-out, wave by wave", waveLines(instances)],
    ["Ways of the mail", instances.flatMap(useLines)],
    ["Public names", plan.names.map(({ name, role, hosts: on }) => `${name}  ${role} on ${on.join(", ")}`)],
    ["Zones", zones.map(({ name, servedBy }) => `${name}  served by ${servedBy}, ${countIn(plan, name)}`)],
    [
      "Keys",
      rings.map(({ id, algorithm, rotate, holders }) => `${id}  ${algorithm}, ${age(rotate)}, on ${list(holders)}`),
    ],
    [
      "Data",
      dataSets.flatMap(({ name, host, parts: kept, targets }) => [
        `${name}${name === host ? "" : ` (now on ${host})`}  backed up to ${list(targets)}`,
        ...kept.map(({ path, what, backup }) => `  ${path}  ${what}${backup ? "" : ", not in backups"}`),
      ]),
    ],
  ];
  return `The site ${site}: ${size}\n${parts.map(([title, lines]) => `\n${title}\n${indented(lines)}`).join("")}`;
}

const list = (names: readonly string[]) => names.join(", ") || "no host";
const age = (rotate: number | undefined) => (rotate === undefined ? "never rotated" : `every ${rotate / 86400} days`);
const countIn = ({ records }: Plan, zone: string) =>
  plural(records.filter((record) => record.zone === zone).length, "record set");

function hostLines({ instances }: Plan, host: Plan["hosts"][number]): string[] {
  const { name, hostname, location, addresses, lost } = host;
  const own = instances.filter((one) => one.host === name);
  return [
    `${name}  ${location}  ${hostname}  ${addresses.join(", ")}${lost ? "  LOST" : ""}`,
    ...own.map(({ role, listens }) => `  ${role}${listens.length > 0 ? `  ${listens.map(portText).join(", ")}` : ""}`),
  ];
}

function portText({ port, protocol = "tcp", to }: Listener): string {
  const who = to === "world" ? "" : ` (${to === "site" ? "site" : to.join(", ")})`;
  return `${port}${protocol === "udp" ? "/udp" : ""}${who}`;
}

function waveLines(instances: readonly Instance[]): string[] {
  const last = Math.max(-1, ...instances.map(({ wave }) => wave));
  return Array.from({ length: last + 1 }, (_, wave) => {
    const ids = instances.filter((one) => one.wave === wave).map(({ id }) => id);
    return `${wave}  ${ids.join(", ")}`;
  });
}

function useLines({ id, uses }: Instance): string[] {
  return uses.map(({ use, choice, targets }) => {
    const where = targets.map(({ instance, address, port }) => `${instance} at ${address} port ${port}`);
    return `${id}  ${use}, ${choice}: ${where.join("; ") || "nobody offers it"}`;
  });
}

/** A plan for people to read. */
import type { Instance, Plan } from "../../plan";
import { placesOf } from "../../plan/endpoints";
import type { Listener } from "../../roles/define";
import { durationText } from "../../site";
import { foreignLines, zoneLines } from "./zones";

const NONE = "  none\n";
const indented = (lines: string[]) => lines.map((line) => `  ${line}\n`).join("") || NONE;
const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;
/** So many are named where many are meant, a thousand zones for one. */
const NAMED = 8;

/**
 * The whole plan: hosts with their roles, the roll-out, who waits for whom, the ways of the mail, names, keys, data; and at the
 * end, as they are many, the records.
 */
export function planText(plan: Plan): string {
  const { site, hosts, instances, zones, records, reverse, rings, dataSets } = plan;
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
    ["Who waits for whom", waitLines(plan)],
    ["Ways of the mail", instances.flatMap(useLines)],
    ["Public names", plan.names.map(({ name, role, hosts: on }) => `${name}  ${role} on ${on.join(", ")}`)],
    [
      "Keys",
      rings.map(
        ({ id, algorithm, rotate, holders }) => `${id}  ${algorithm}, ${rotation(rotate)}, on ${list(holders)}`,
      ),
    ],
    [
      "Data",
      dataSets.flatMap(({ name, host, parts: kept, targets }) => [
        `${name}${name === host ? "" : ` (now on ${host})`}  backed up to ${list(targets)}`,
        ...kept.map(({ path, what, backup }) => `  ${path}  ${what}${backup ? "" : ", not in backups"}`),
      ]),
    ],
    ["Reverse names", reverse.map(({ address, name }) => `${address}  ${name}`)],
    ["Zones", [...zoneLines(plan), ...foreignLines(plan)]],
  ];
  return `The site ${site}: ${size}\n${parts.map(([title, lines]) => `\n${title}\n${indented(lines)}`).join("")}`;
}

const list = (names: readonly string[]) => names.join(", ") || "no host";
const rotation = (seconds: number | undefined) =>
  seconds === undefined ? "never rotated" : `every ${durationText(seconds)}`;
const marked = ({ id, lost }: Instance) => (lost ? `${id} (lost)` : id);
const some = (names: readonly string[]) => {
  const others = names.length - NAMED;
  return others > 1 ? `${names.slice(0, NAMED).join(", ")} and ${others} others` : names.join(", ");
};

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
    const all = instances.filter((one) => one.wave === wave);
    return `${wave}  ${all.map(marked).join(", ")}`;
  });
}

/** Every instance that waits, and below it for whom, together where it is for one reason. */
function waitLines({ instances, edges }: Plan): string[] {
  const names = new Map(instances.map((instance) => [instance.id, marked(instance)]));
  const waiting = new Map<string, Map<string, string[]>>();
  for (const { from, to, why } of edges) {
    const reasons = waiting.get(to) ?? new Map<string, string[]>();
    waiting.set(to, reasons.set(why, [...(reasons.get(why) ?? []), names.get(from) ?? from]));
  }
  return [...waiting].flatMap(([id, reasons]) => [
    names.get(id) ?? id,
    ...[...reasons].map(([why, ids]) => `  ${why}: ${some(ids)}`),
  ]);
}

function useLines({ id, uses }: Instance): string[] {
  return uses.map((planned) => {
    const { use, choice } = planned;
    const where = placesOf(planned).map(
      ({ instances, address, port }) => `${instances.join(", ")} at ${address} port ${port}`,
    );
    return `${id}  ${use}, ${choice}: ${where.join("; ") || "nobody offers it"}`;
  });
}

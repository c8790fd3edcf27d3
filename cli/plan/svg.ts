/** A picture of a platform: locations, hosts, roles, the ways of the mail, and where backups go. */
import type { Instance, Plan } from "../../plan";
import { xmlText } from "../../quote/text";

const CHIP = { width: 170, height: 26, gap: 8 };
const HOST = { width: 210, head: 44, gap: 90, below: 28 };
const LOCATION = { pad: 24, head: 34, gap: 60 };
const WORLD = { width: 150 };
const MARGIN = 24;

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Where everything stands. */
interface Layout {
  locations: Map<string, Box>;
  hosts: Map<string, Box>;
  chips: Map<string, Box>;
  width: number;
  height: number;
}

/** One column a location, one box a host in it, one chip a role in that. */
export function layoutOf({ hosts, instances }: Plan): Layout {
  const layout: Layout = { locations: new Map(), hosts: new Map(), chips: new Map(), width: 0, height: 0 };
  let x = MARGIN + WORLD.width + LOCATION.gap;
  for (const location of new Set(hosts.map((host) => host.location))) {
    let y = MARGIN + LOCATION.head;
    for (const { name } of hosts.filter((host) => host.location === location)) {
      const own = instances.filter((one) => one.host === name);
      const height = HOST.head + own.length * (CHIP.height + CHIP.gap) + CHIP.gap;
      const box = { x: x + LOCATION.pad, y, width: HOST.width, height };
      layout.hosts.set(name, box);
      own.forEach(({ id }, index) => {
        const top = y + HOST.head + index * (CHIP.height + CHIP.gap);
        layout.chips.set(id, { x: box.x + 20, y: top, width: CHIP.width, height: CHIP.height });
      });
      y += height + HOST.below;
    }
    const width = HOST.width + 2 * LOCATION.pad;
    layout.locations.set(location, { x, y: MARGIN, width, height: y - MARGIN });
    layout.height = Math.max(layout.height, y + MARGIN);
    x += width + HOST.gap;
  }
  layout.width = x - HOST.gap + MARGIN;
  return layout;
}

const rect = (kind: string, { x, y, width, height }: Box, round: number) =>
  `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="${round}"/>`;
const label = (kind: string, x: number, y: number, text: string) =>
  `<text class="${kind}" x="${x}" y="${y}">${xmlText(text)}</text>`;

/** An arrow from one box to another: out at the right and in at the right within a column, across from side to side else. */
function arrow(kind: string, from: Box, to: Box, title: string): string {
  const [y1, y2] = [from.y + from.height / 2, to.y + to.height / 2];
  const forward = to.x > from.x;
  const same = to.x === from.x;
  const x1 = same || forward ? from.x + from.width : from.x;
  const x2 = same ? to.x + to.width : forward ? to.x : to.x + to.width;
  const bend = same ? 24 + Math.abs(y2 - y1) / 6 : (x2 - x1) / 2;
  const curve = `M${x1} ${y1} C${x1 + bend} ${y1} ${same ? x2 + bend : x2 - bend} ${y2} ${x2} ${y2}`;
  return `<path class="${kind}" d="${curve}" marker-end="url(#${kind}-end)"><title>${xmlText(title)}</title></path>`;
}

/** Roles that the world speaks to, and by which ports. */
const openPorts = ({ listens }: Instance) => [
  ...new Set(listens.filter(({ to }) => to === "world").map(({ port }) => port)),
];

/** The picture as one SVG document: it needs nothing from elsewhere, and follows the reader's light or dark theme. */
export function planSvg(plan: Plan): string {
  const layout = layoutOf(plan);
  const { width, height } = layout;
  const world = { x: MARGIN, y: MARGIN + LOCATION.head, width: WORLD.width, height: 64 };
  const draw = plan.instances.filter(({ role, lost }) => !lost && role !== "host" && role !== "certificates");
  const boxes = [...layout.locations].map(
    ([name, box]) => rect("location", box, 12) + label("title", box.x + 16, box.y + 23, name),
  );
  const hosts = plan.hosts.map(({ name, hostname, addresses, lost }) => {
    const box = layout.hosts.get(name) ?? world;
    return (
      rect(lost ? "host lost" : "host", box, 8) +
      label("name", box.x + 14, box.y + 20, lost ? `${name} (lost)` : name) +
      label("small", box.x + 14, box.y + 36, `${hostname} · ${addresses[0] ?? ""}`)
    );
  });
  const chips = plan.instances.map((instance) => {
    const box = layout.chips.get(instance.id) ?? world;
    const ports = openPorts(instance).join(" ");
    return (
      `<g><title>${xmlText(instance.id)}</title>${rect("chip", box, 6)}` +
      `${label("role", box.x + 10, box.y + 17, instance.role)}` +
      `<text class="ports" x="${box.x + box.width - 8}" y="${box.y + 17}">${ports}</text></g>`
    );
  });
  const ways = draw.flatMap((instance) => [
    ...(openPorts(instance).length > 0
      ? [arrow("in", world, layout.chips.get(instance.id) ?? world, `the world -> ${instance.id}`)]
      : []),
    ...instance.uses.flatMap(({ use, targets }) =>
      targets.map((target) =>
        arrow(
          "way",
          layout.chips.get(instance.id) ?? world,
          layout.chips.get(target.instance) ?? world,
          `${instance.id} -> ${target.instance}: ${use}`,
        ),
      ),
    ),
  ]);
  const backups = plan.dataSets.flatMap(({ host, targets }) =>
    targets.map((target) =>
      arrow(
        "backup",
        layout.chips.get(`backup-client-${host}`) ?? world,
        layout.chips.get(`backup-${target}`) ?? world,
        `backups of ${host} go to ${target}`,
      ),
    ),
  );
  const summary = `The site ${plan.site}: ${plan.hosts.length} hosts in ${layout.locations.size} locations`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="plan-title">
<title id="plan-title">${xmlText(summary)}</title>
<style>${STYLE}</style>
<defs>${["in", "way", "backup"].map(marker).join("")}</defs>
${boxes.join("\n")}
${hosts.join("\n")}
${rect("world", world, 32)}${label("name", world.x + 34, world.y + 38, "the world")}
${[...backups, ...ways].join("\n")}
${chips.join("\n")}
</svg>
`;
}

const marker = (kind: string) =>
  `<marker id="${kind}-end" class="${kind}-end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker>`;

const STYLE = `
svg { --ink: #1c2733; --soft: #5d6b79; --paper: #ffffff; --place: #eef2f6; --box: #ffffff; --line: #b8c4cf; --chip: #e3ecf7; --in: #1f7a4d; --way: #2f5fb3; --save: #a2621b; background: var(--paper); font: 13px system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { svg { --ink: #e6edf3; --soft: #9aa8b5; --paper: #10161c; --place: #18212a; --box: #1f2a35; --line: #3b4957; --chip: #2a3a4d; --in: #58c48d; --way: #7fa9f0; --save: #e0a15a; } }
text { fill: var(--ink); } .title { font-weight: 600; fill: var(--soft); } .name { font-weight: 600; } .small, .ports { font-size: 11px; fill: var(--soft); } .ports { text-anchor: end; }
.location { fill: var(--place); } .host { fill: var(--box); stroke: var(--line); } .lost { stroke-dasharray: 4 4; opacity: .6; } .chip { fill: var(--chip); } .world { fill: none; stroke: var(--line); }
path.in, path.way, path.backup { fill: none; stroke-width: 1.4; opacity: .8; } path.in { stroke: var(--in); } path.way { stroke: var(--way); } path.backup { stroke: var(--save); stroke-dasharray: 5 4; }
.in-end path { fill: var(--in); } .way-end path { fill: var(--way); } .backup-end path { fill: var(--save); }
`;

/** A change in words: lines of files as a reviewer reads them, and what is reloaded or restarted for them. */
import { structuredPatch } from "diff";
import type { Changes } from "../handler";
import type { FileSpec, RoleInputs } from "../manifest";
import { entryPath } from "./diff";

/** Lines shown of one file; the rest is counted. */
const MAX_LINES = 20;

/** Describes `changes` from `live` to `wanted`; `drifted` are the property paths that somebody changed on the host. */
export function explain(live: RoleInputs, wanted: RoleInputs, changes: Changes, drifted: readonly string[]): string {
  const byHand = (path: string) =>
    drifted.some((d) => d === path || path.startsWith(`${d}.`) || d.startsWith(`${path}.`))
      ? "  (changed on the host, not by Postfleet)"
      : "";
  const lines: string[] = [];
  for (const path of Object.keys(changes)) {
    const file = fileOf(path);
    if (file && changes[path] === "update" && path.endsWith(".content") && file.map === "files") {
      lines.push(`~ ${file.name}${byHand(path)}`);
      lines.push(...lineDiff(live.files[file.name], wanted.files[file.name]).map((line) => `    ${line}`));
    } else {
      lines.push(`${summary(path, changes[path], live, wanted)}${byHand(path)}`);
    }
  }
  lines.push(...effects(changes, wanted));
  return `${wanted.host.name} ${wanted.role}\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

/** `files["/etc/x"].content` -> the map and the name. */
function fileOf(path: string): { map: string; name: string } | undefined {
  const match = /^(files|secretFiles)\[("(?:[^"\\]|\\.)*")\]/.exec(path);
  return match?.[1] && match[2] ? { map: match[1], name: JSON.parse(match[2]) as string } : undefined;
}

const SIGNS: Record<string, string> = { add: "+", delete: "-", update: "~" };

function summary(path: string, kind: string | undefined, live: RoleInputs, wanted: RoleInputs): string {
  const sign = SIGNS[kind ?? ""] ?? "±";
  const match = /^(\w+)\[("(?:[^"\\]|\\.)*")\](?:\.(\w+))?$/.exec(path);
  if (!match?.[1] || !match[2]) return `${sign} ${path}`;
  const [map, name, field] = [match[1] as "files", JSON.parse(match[2]) as string, match[3]];
  const noun = NOUNS[map] ?? map;
  if (!field || map.startsWith("secret")) return `${sign} ${noun} ${name}${field ? `: ${field} differs` : ""}`;
  const show = (inputs: RoleInputs) =>
    JSON.stringify((inputs[map] as unknown as Record<string, Record<string, unknown>>)[name]?.[field]);
  return `${sign} ${noun} ${name}: ${field} ${show(live)} -> ${show(wanted)}`;
}

const NOUNS: Record<string, string> = {
  packages: "package",
  users: "user",
  directories: "directory",
  files: "file",
  secretFiles: "secret file",
  links: "link",
  sysctl: "sysctl",
  services: "service",
};

function lineDiff(before: FileSpec | undefined, after: FileSpec | undefined): string[] {
  const patch = structuredPatch("", "", before?.content ?? "", after?.content ?? "", "", "", { context: 0 });
  const lines = patch.hunks.flatMap((hunk) => [
    `line ${hunk.newLines > 0 ? hunk.newStart : hunk.oldStart}:`,
    ...hunk.lines.filter((line) => !line.startsWith("\\")).map((line) => `${line[0]} ${line.slice(1)}`),
  ]);
  return lines.length <= MAX_LINES
    ? lines
    : [...lines.slice(0, MAX_LINES), `… and ${lines.length - MAX_LINES} lines more (pulumi preview --diff shows all)`];
}

/** Which units this change starts, stops, reloads or restarts. */
function effects(changes: Changes, wanted: RoleInputs): string[] {
  const changed = Object.keys(changes)
    .map(fileOf)
    .flatMap((file) => (file ? [file.name] : []));
  const matches = (patterns: string[]) =>
    patterns.some((pattern) =>
      changed.some((path) => (pattern.endsWith("/") ? path.startsWith(pattern) : path === pattern)),
    );
  return Object.entries(wanted.services).flatMap(([unit, service]) => {
    if (!service.running || changes[entryPath("services", unit)] === "add") return [];
    if (matches(service.restartOn)) return [`restarts ${unit}`];
    return matches(service.reloadOn) ? [`reloads ${unit}`] : [];
  });
}

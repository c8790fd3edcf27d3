/** A change in words: lines of files as a reviewer reads them, and what is reloaded or restarted for them. */
import { structuredPatch } from "diff";
import { visibleLine } from "../../system/visible";
import type { Changes } from "../handler";
import type { FileSpec, MapName, RoleInputs } from "../manifest";
import { UNKNOWN } from "../values";
import { entryPath } from "./diff";
import { isListName, listChanges } from "./explain-lists";

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
    if (isListName(path) && changes[path] === "update" && live[path] && wanted[path]) {
      lines.push(...shortened(listChanges(path, live, wanted)));
    } else if (file && changes[path] === "update" && path.endsWith(".content") && file.map === "files") {
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

function removedOf(path: string): { name: string } | undefined {
  const match = /^removed\[("(?:[^"\\]|\\.)*")\]/.exec(path);
  return match?.[1] ? { name: JSON.parse(match[1]) as string } : undefined;
}

const SIGNS: Record<string, string> = { add: "+", delete: "-", update: "~" };

function summary(path: string, kind: string | undefined, live: RoleInputs, wanted: RoleInputs): string {
  const sign = SIGNS[kind ?? ""] ?? "±";
  const match = /^(\w+)\[("(?:[^"\\]|\\.)*")\](?:\.(\w+))?$/.exec(path);
  if (!match?.[1] || !match[2]) return `${sign} ${path}${hostChange(path, live, wanted)}`;
  const [map, name, field] = [match[1] as MapName, JSON.parse(match[2]) as string, match[3]];
  const noun = NOUNS[map];
  if (map === "removed")
    return kind === "add"
      ? `- ${visibleLine(name)} (${wanted.removed[name]})`
      : `± ${visibleLine(name)} may be there again`;
  if (field === "content") return `${sign} ${noun} ${name}: content differs`;
  const entry = (inputs: RoleInputs) => new Map<string, unknown>(Object.entries(inputs[map])).get(name);
  if (!field && kind !== "update")
    return `${sign} ${noun} ${name}${particulars(map, entry(kind === "add" ? wanted : live))}`;
  const show = (inputs: RoleInputs) =>
    shown(field ? (entry(inputs) as Record<string, unknown>)?.[field] : entry(inputs));
  return `${sign} ${noun} ${name}: ${field ? `${field} ` : ""}${show(live)} -> ${show(wanted)}`;
}

function shown(value: unknown): string {
  return value === UNKNOWN ? "(not known yet)" : visibleLine(JSON.stringify(value) ?? "(none)");
}

/** Of a file or directory that comes or goes: permissions, and how many lines; of a secret file no more than the permissions. */
function particulars(map: string, entry: unknown): string {
  if (map === "links") return ` -> ${visibleLine(String(entry))}`;
  if (map !== "files" && map !== "secretFiles" && map !== "directories") return "";
  const { mode, owner, group, content = "" } = entry as Partial<FileSpec>;
  const lines = content.split("\n").length - (content.endsWith("\n") || content === "" ? 1 : 0);
  const size =
    map !== "files"
      ? ""
      : content === UNKNOWN
        ? ", content not known yet"
        : `, ${lines} ${lines === 1 ? "line" : "lines"}`;
  return ` (${mode} ${owner}:${group}${size})`;
}

/** `host.address` -> the old and the new one. */
function hostChange(path: string, live: RoleInputs, wanted: RoleInputs): string {
  const field = /^host\.(\w+)$/.exec(path)?.[1];
  const [before, after] = [live.host, wanted.host].map((host) =>
    new Map<string, unknown>(Object.entries(host ?? {})).get(field ?? ""),
  );
  if (field && [before, after].every((value) => typeof value !== "object"))
    return ` ${shown(before)} -> ${shown(after)}`;
  return path === "role" ? ` ${shown(live.role)} -> ${shown(wanted.role)}` : "";
}

const NOUNS: Record<MapName, string> = {
  packages: "package",
  users: "user",
  directories: "directory",
  files: "file",
  secretFiles: "secret file",
  links: "link",
  removed: "nothing at",
  sysctl: "sysctl",
  services: "service",
};

function lineDiff(before: FileSpec | undefined, after: FileSpec | undefined): string[] {
  if (after?.content === UNKNOWN) return ["(the new content is not known yet)"];
  const patch = structuredPatch("", "", before?.content ?? "", after?.content ?? "", "", "", { context: 0 });
  const lines = patch.hunks.flatMap((hunk) => [
    `line ${hunk.newLines > 0 ? hunk.newStart : hunk.oldStart}:`,
    ...hunk.lines.filter((line) => !line.startsWith("\\")).map((line) => `${line[0]} ${visibleLine(line.slice(1))}`),
  ]);
  return shortened(lines);
}

function shortened(lines: string[]): string[] {
  return lines.length <= MAX_LINES
    ? lines
    : [...lines.slice(0, MAX_LINES), `… and ${lines.length - MAX_LINES} lines more (pulumi preview --diff shows all)`];
}

/** Which units this change starts, stops, reloads or restarts. */
function effects(changes: Changes, wanted: RoleInputs): string[] {
  const changed = Object.keys(changes)
    .map((path) => fileOf(path) ?? removedOf(path))
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

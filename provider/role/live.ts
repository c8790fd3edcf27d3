/** The role as the host shows it: the inputs of the last update, with every observed fact in the place of what was wanted. */

import { visible, visibleLine } from "../../system/visible";
import { type Observation, type PathFact, sha256, type UnitFact, type UserFact } from "../host";
import type { FileSpec, RoleInputs, ServiceSpec, UserSpec } from "../manifest";
import { diffRole } from "./diff";

/** The inputs as the host shows them. */
export function liveInputs(inputs: RoleInputs, seen: Observation): RoleInputs {
  return {
    ...inputs,
    packages: pick(inputs.packages, (name, wanted) => {
      const version = seen.packages[name];
      return version ? (wanted === "present" ? "present" : version) : undefined;
    }),
    users: pick(inputs.users, (name, wanted) => liveUser(wanted, seen.users[name])),
    directories: pick(inputs.directories, (path) => ownership(seen.directories[path], "directory")),
    files: pick(inputs.files, (path, wanted) => liveFile(wanted, seen.files[path])),
    secretFiles: pick(inputs.secretFiles, (path, wanted) => liveFile(wanted, seen.secretFiles[path])),
    links: pick(inputs.links, (path) => seen.links[path]?.target),
    removed: pick(inputs.removed, (path, why) => (seen.removed[path] ? undefined : why)),
    sysctl: pick(inputs.sysctl, (name, wanted) => {
      const { value = null, persisted = null } = seen.sysctl[name] ?? {};
      return value !== wanted ? (value ?? undefined) : (persisted ?? undefined);
    }),
    services: pick(inputs.services, (unit, wanted) => liveService(wanted, seen.services[unit])),
  };
}

/** Property paths that somebody changed on the host since the last update. */
export function drift(inputs: RoleInputs, live: RoleInputs): string[] {
  return Object.keys(diffRole(live, inputs));
}

function pick<T>(wanted: Record<string, T>, observed: (name: string, wanted: T) => T | undefined): Record<string, T> {
  return Object.fromEntries(
    Object.entries(wanted).flatMap(([name, value]) => {
      const found = observed(name, value);
      return found === undefined ? [] : [[name, found]];
    }),
  );
}

type Ownership = { mode: string; owner: string; group: string };

function ownership(seen: PathFact | null | undefined, kind: PathFact["kind"]): Ownership | undefined {
  if (!seen || seen.kind !== kind) return undefined;
  return { mode: seen.mode ?? "", owner: seen.owner ?? "", group: seen.group ?? "" };
}

function liveFile(wanted: FileSpec, seen: PathFact | null | undefined): FileSpec | undefined {
  const owned = ownership(seen, "file");
  if (!seen || !owned) return undefined;
  const same = seen.sha256 === sha256(wanted.content);
  const content = same ? wanted.content : seen.content === undefined ? unseen(seen.sha256) : shown(seen.content);
  return { content, ...owned };
}

/** A content for the diffs of the engine, which prints lines as they are. It never equals one that is wanted. */
function shown(content: string): string {
  const text = visible(content);
  return text === content
    ? content
    : `${text}\n(with characters that are shown as escapes, SHA-256 ${sha256(content)})\n`;
}

/** What stands in the place of a content that stays on the host: a secret, not text, or too long. */
function unseen(hash = "unknown"): string {
  return `(other content, SHA-256 ${hash})`;
}

/** The live role, where an unseen content that has the hash of the wanted one is taken for it. */
export function recognised(live: RoleInputs, wanted: RoleInputs): RoleInputs {
  const known = (map: "files" | "secretFiles") =>
    pick(live[map], (path, file) => {
      const content = wanted[map][path]?.content;
      return content !== undefined && file.content === unseen(sha256(content)) ? { ...file, content } : file;
    });
  return { ...live, files: known("files"), secretFiles: known("secretFiles") };
}

function liveUser(wanted: UserSpec, seen: UserFact | null | undefined): UserSpec | undefined {
  if (!seen) return undefined;
  // Groups that somebody else gave the user are none of ours.
  const groups = wanted.groups.filter((group) => group === seen.group || seen.groups.includes(group));
  return { home: seen.home, shell: seen.shell, groups, ...(wanted.uid === undefined ? {} : { uid: seen.uid }) };
}

function liveService(wanted: ServiceSpec, seen: UnitFact | undefined): ServiceSpec | undefined {
  if (!seen || (seen.load === "not-found" && wanted.running)) return undefined;
  const live = { ...wanted, enabled: seen.enabled ?? wanted.enabled, running: seen.running };
  if (wanted.masked !== undefined || seen.masked) live.masked = seen.masked;
  return live;
}

/** What stands in the way of an update, which would refuse it: it replaces files and links, never a directory or a device. */
export function obstacles(inputs: RoleInputs, seen: Observation): string[] {
  const maps = [
    { noun: "file", paths: { ...inputs.files, ...inputs.secretFiles }, facts: { ...seen.files, ...seen.secretFiles } },
    { noun: "link", paths: inputs.links, facts: seen.links },
    { noun: "directory", paths: inputs.directories, facts: seen.directories },
  ];
  return maps.flatMap(({ noun, paths, facts }) =>
    Object.keys(paths).flatMap((path) => {
      const fact = facts[path];
      const replaced = noun === "directory" ? ["directory"] : ["file", "link"];
      if (!fact || replaced.includes(fact.kind)) return [];
      if (fact.why) return [`${fact.why}\n  hint: look who made the link: a service that was broken into may have`];
      const what = fact.kind === "other" ? "a device, pipe or socket" : `a ${fact.kind}`;
      return [
        `${path} is ${what}, and a ${noun} belongs there: an update will refuse it\n` +
          `  hint: look at it on the host, then move it away: mv ${path} ${path}.aside`,
      ];
    }),
  );
}

/** The rest of a failed apply that could not be put back, in words. */
export function unfinished(seen: Observation): string | undefined {
  if (seen.unfinished.length === 0) return undefined;
  return (
    `an update failed, and these are not as before it:${seen.unfinished.map((problem) => `\n  ${problem}`).join("")}\n` +
    "  hint: mend the cause on the host; each preview tries again. The old contents are kept in /var/lib/postfleet/journal"
  );
}

/** The end of an apply that its caller did not hear of, in words. */
export function earlier(seen: Observation): string | undefined {
  const end = seen.earlier;
  if (!end) return undefined;
  if (end.interrupted) {
    const files = end.files?.length ? ` (${end.files.join(", ")})` : "";
    return `an update was interrupted on the host; what it had changed was put back${files}${(end.problems ?? []).map((p) => `\n  ${p}`).join("")}`;
  }
  if (end.error)
    return `an update whose connection was lost failed on the host and was rolled back: ${visibleLine(end.error.message)}`;
  return "an update whose connection was lost went on to its end on the host";
}

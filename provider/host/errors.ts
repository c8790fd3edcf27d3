/** Failures of hosts, as classes: each names the host, says what was wrong, and carries a hint how to mend it. */
import { visible, visibleLine } from "../../system/visible";
import type { HostConnection } from "../manifest";
import type { AgentError } from "./types";

/** The parent of all. `message` is complete, hint included. */
export class HostError extends Error {
  /** Name of the host. */
  readonly host: string;
  /** What was wrong, without host and hint. */
  readonly problem: string;
  /** What to do about it. */
  readonly hint: string;

  /** `problem` may quote the host. */
  constructor(host: string, problem: string, hint: string) {
    super(`${host}: ${visible(problem)}\nhint: ${hint}`);
    this.name = new.target.name;
    this.host = host;
    this.problem = visible(problem);
    this.hint = hint;
  }
}

/** No connection within the time limit, or the connection ended and cannot be had again. */
export class HostUnreachable extends HostError {}

/** The server shows another host key than the pinned ones: refused. */
export class HostKeyMismatch extends HostError {
  constructor(
    host: string,
    problem: string,
    hint: string,
    /** SHA256 fingerprints of the pinned keys. */
    readonly expected: string[],
    /** Fingerprint of the key that the server showed; undefined when it has none of a pinned type. */
    readonly shown: string | undefined,
  ) {
    super(host, problem, hint);
  }
}

/** The server takes none of the operator's keys, or the key cannot be read. */
export class AuthenticationFailed extends HostError {}

/** The agent did not start, or broke. */
export class AgentFailed extends HostError {}

/** The agent ran, and ended though nobody asked it to; another one may be started. */
export class AgentDied extends AgentFailed {}

/** Something else than the agent's answers came from the host. */
export class AgentGarbled extends AgentFailed {}

/** The host is reached, and no answer came within the time limit. */
export class AgentSilent extends AgentFailed {}

/** An error that ended an apply or a removal. */
export class OperationFailed extends HostError {
  constructor(
    host: string,
    problem: string,
    hint: string,
    /** The role concerned. */
    readonly role: string,
    /** packages, users, plan, stage, swap, prepare, sysctl, validate, units, health. */
    readonly stage: string | undefined,
    /** The file concerned. */
    readonly path: string | undefined,
    /** Words of apt, of a validator, or the last journal lines of a unit. */
    readonly output: string | undefined,
    /** Everything is as before: true also when nothing had been touched. */
    readonly rolledBack: boolean,
    /** Further details: argv, unit, files, roles, rollbackProblems. */
    readonly details: Record<string, unknown>,
  ) {
    super(host, problem, hint);
  }
}

/** The apply failed and was rolled back. */
export class ApplyFailed extends OperationFailed {}
/** Two roles want something different of the same path, package, unit or setting. Nothing was changed. */
export class ClaimConflict extends OperationFailed {}
/** Another change runs on the host and did not end within the time limit. Nothing was changed. */
export class HostBusy extends OperationFailed {}
/** No space left on the host. */
export class DiskFull extends OperationFailed {}
/** apt or dpkg failed; no file or unit was touched. */
export class AptFailed extends OperationFailed {}
/** The apply was killed on the host; the next observation rolls it back. */
export class Interrupted extends OperationFailed {}

/** A link is in the way that a service could have made: root follows none. Nothing was changed. */
export class UnsafePath extends OperationFailed {}
/** An earlier apply could be undone only in part; nothing new begins before it is. Nothing was changed now. */
export class RollbackUnfinished extends OperationFailed {}

/** The host knows of no such role. */
export class NotRecorded extends OperationFailed {}

const KINDS: Record<string, { type: typeof OperationFailed; hint: string }> = {
  ApplyFailed: {
    type: ApplyFailed,
    hint: "mend what the output names in the site file and run the update again",
  },
  ClaimConflict: {
    type: ClaimConflict,
    hint: "let both roles want the same, or let only one of them have it",
  },
  HostBusy: {
    type: HostBusy,
    hint: "somebody else updates this host: wait for it to end, then try again",
  },
  DiskFull: {
    type: DiskFull,
    hint: "free space on the host (df -h; journalctl --vacuum-size=100M; apt-get clean), then run the update again",
  },
  AptFailed: {
    type: AptFailed,
    hint: "if a mirror does not answer, check /etc/apt/sources.list* and the host's DNS and proxy, or wait and run the update again; try `apt-get update` on the host",
  },
  UnsafePath: {
    type: UnsafePath,
    hint: "look who made the link and what it leads to: a service that was broken into may have; remove it, and put what belongs there in its place",
  },
  RollbackUnfinished: {
    type: RollbackUnfinished,
    hint: "mend what is named (free space, a file system that is read-only or broken) and run the preview again: the rest is put back then; the old contents are in /var/lib/postfleet/journal",
  },
  NotRecorded: {
    type: NotRecorded,
    hint: "an import is named <host>/<role> after a role that Postfleet applied on that host; a new role needs no import",
  },
  Interrupted: { type: Interrupted, hint: "run the update again: the host is observed and mended first" },
};

/** Where a host is, for messages: `mail1 (192.0.2.1:22, through gate)`. */
export function whereabouts(host: HostConnection): string {
  const address = host.address.includes(":") ? `[${host.address}]` : host.address;
  return `${address}:${host.port}${host.jump ? `, through ${host.jump.name} at ${whereabouts(host.jump)}` : ""}`;
}

/** What is shown of a host's words, in characters, and of its lists: more helps nobody. */
const [MESSAGE, OUTPUT, ENTRIES] = [2000, 8000, 50];

const entry = (value: unknown): string =>
  visibleLine(typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
const listed = (values: unknown[]): string => values.slice(0, ENTRIES).map(entry).join(", ");

/** The typed error for what the agent sent. */
export function fromAgent(host: string, role: string, error: AgentError): HostError {
  const known = Object.hasOwn(KINDS, error.kind) ? KINDS[error.kind] : undefined;
  const { stage, path, output, rolledBack, ...details } = error.details;
  const text = typeof output === "string" && output !== "" ? visible(output.slice(-OUTPUT)) : undefined;
  const lines = [`role ${role}: ${visibleLine(error.message, MESSAGE)}`];
  if (text) lines.push(text.replace(/^/gm, "  | "));
  if (!known) {
    return new AgentFailed(host, lines.join("\n"), "this is a defect of Postfleet: report it with this message");
  }
  const files = Array.isArray(details.files) ? details.files : [];
  if (files.length > 0) lines.push(`changed files concerned: ${listed(files)}`);
  const problems = Array.isArray(details.rollbackProblems) ? details.rollbackProblems : [];
  const back = (typeof rolledBack === "boolean" ? rolledBack : error.kind !== "Interrupted") && problems.length === 0;
  if (rolledBack === true && error.kind === "ApplyFailed") lines.push("the old files and units are back");
  if (problems.length > 0)
    lines.push(`ROLLING BACK WAS NOT COMPLETE:\n${problems.slice(0, ENTRIES).map(entry).join("\n")}`);
  return new known.type(
    host,
    lines.join("\n"),
    known.hint,
    role,
    typeof stage === "string" ? stage : undefined,
    typeof path === "string" ? path : undefined,
    text,
    back,
    details,
  );
}

/** What nobody declared on a host, as a preview tells it. */
import { visibleLine } from "../../system/visible";
import type { Undeclared } from "../host";
import type { AllowedSpec, Manifest } from "../manifest";

/** Lines of one host; the rest is counted. */
const MOST_LINES = 40;

/** Something that was found, beside what the site file says of it. */
export interface Told {
  /** Kind and name as they are shown, and as the site file repeats them. */
  what: string;
  detail: string;
  /** It was allowed, and that is over. */
  allowed?: AllowedSpec;
}

/** What the site file says of things that nobody declared. */
export type Policy = Pick<Manifest, "allowed" | "removed">;

/**
 * What is to be told, and the allowances that are about nothing on the host any more. What is allowed today and what an
 * update is about to remove is left out; what was allowed until now is not.
 */
export function judged(
  found: readonly Undeclared[],
  { allowed, removed }: Policy,
  now: Date,
): { told: Told[]; idle: AllowedSpec[] } {
  const things = found.map(({ kind, name, detail }): Told => {
    const what = visibleLine(`${kind} ${name}`);
    return { what, detail: visibleLine(detail), allowed: allowed.find((entry) => covers(entry, what)) };
  });
  const goes = new Set(Object.keys(removed).flatMap((path) => [`file ${path}`, `link ${path}`]));
  const told = things.filter((thing) => !goes.has(thing.what) && !(thing.allowed && lasts(thing.allowed, now)));
  return { told, idle: allowed.filter((entry) => !things.some((thing) => covers(entry, thing.what))) };
}

/** The note of a preview; undefined where there is nothing to tell. */
export function undeclaredNote(found: readonly Undeclared[], policy: Policy, now = new Date()): string | undefined {
  const { told, idle } = judged(found, policy, now);
  const notes = [...(told.length > 0 ? [strangers(told)] : []), ...(idle.length > 0 ? [idleNote(idle)] : [])];
  return notes.length > 0 ? notes.join("\n") : undefined;
}

/** Whether an entry of the site file is about it; a directory stands for all that is below. */
function covers({ what }: AllowedSpec, thing: string): boolean {
  if (what === thing) return true;
  const path = thing.slice(thing.indexOf(" ") + 1);
  return what.startsWith("directory /") && path.startsWith(`${what.slice("directory ".length)}/`);
}

const lasts = ({ until }: AllowedSpec, now: Date) => now < new Date(until.includes("T") ? `${until}Z` : until);

function strangers(told: readonly Told[]): string {
  const lines = told
    .map(({ what, detail, allowed }) => {
      const over = allowed ? `; allowed until ${allowed.until} because: ${visibleLine(allowed.why)}` : "";
      return `  ${what} (${detail})${over}`;
    })
    .sort();
  const more = lines.length - MOST_LINES;
  const shown = more > 0 ? [...lines.slice(0, MOST_LINES), `  … and ${more} more`] : lines;
  return (
    `nobody declared ${told.length === 1 ? "this; an update leaves it" : "these; an update leaves them"} alone:\n` +
    `${shown.join("\n")}\n` +
    "  hint: look who put it there; under `undeclared` of the host in the site file it can be allowed for a time, or removed"
  );
}

function idleNote(idle: readonly AllowedSpec[]): string {
  const lines = idle.map(({ what }) => `  ${what}`).sort();
  return `allowed, and not on the host any more:\n${lines.join("\n")}\n  hint: take it out of \`undeclared\` in the site file`;
}

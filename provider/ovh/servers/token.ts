/**
 * The consent to erase a machine: a date, or a time, in UTC. It holds for one installation: one that OVH recorded at that
 * time or later has used it up, so that a repeated run erases nothing twice, from whatever computer it comes.
 */

const FORM = /^\d{4}-\d\d-\d\d(T\d\d:\d\d)?$/;
/** An older date erases nothing: a program that is run again long after, without its state, must not destroy a system. */
const VALID_DAYS = 7;

/** Milliseconds since 1970; NaN when it is no date. */
export function timeOf(token: string): number {
  return FORM.test(token) ? Date.parse(token.includes("T") ? `${token}Z` : token) : Number.NaN;
}

/** Why a token cannot be accepted. */
export function tokenProblem(token: unknown, now = Date.now()): string | undefined {
  const time = typeof token === "string" ? timeOf(token) : Number.NaN;
  const example = new Date(now).toISOString();
  if (Number.isNaN(time)) {
    return `is ${JSON.stringify(token)}; a date is wanted, as "${example.slice(0, 10)}", or a time in UTC, as "${example.slice(0, 16)}"`;
  }
  if (time > now) {
    return `"${token}" is in the future; dates are UTC, where it is ${example.slice(0, 16)} now`;
  }
  return undefined;
}

/** Whether it is recent enough to start an erasure. */
export function startsNow(token: string, now = Date.now()): boolean {
  return now - timeOf(token) <= VALID_DAYS * 86_400_000;
}

/** Whether `token` was set after `earlier`. */
export function isLater(token: unknown, earlier: unknown): boolean {
  return typeof token === "string" && (typeof earlier !== "string" || timeOf(token) > timeOf(earlier));
}

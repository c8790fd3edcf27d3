/** Which calls are repeated, and when. */
import type { Answer, Method } from "./exchange";

/** Times in milliseconds. */
export interface Timing {
  /** Until the first repetition; doubled each time. */
  firstMs: number;
  /** The longest pause that we choose ourselves. */
  longestMs: number;
  /** No repetition begins later than this after the first attempt. */
  totalMs: number;
  /** An answer that takes longer is given up. */
  answerMs: number;
}

export const DEFAULT_TIMING: Timing = { firstMs: 500, longestMs: 16_000, totalMs: 60_000, answerMs: 30_000 };

/** The request cannot have reached OVH. */
const NOT_SENT = ["ECONNREFUSED", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"];
/** It may have reached OVH, and nobody knows what became of it. */
const CUT = ["ECONNRESET", "EPIPE", "ETIMEDOUT"];

/** 501 is OVH's word for what it cannot do. `safe`: the caller says that a POST done twice does no harm. */
export function worthRepeating(method: Method, safe: boolean, { status, failure = "" }: Answer): boolean {
  if (status === 429 || NOT_SENT.includes(failure)) return true;
  return (method !== "POST" || safe) && ((status >= 500 && status !== 501) || CUT.includes(failure));
}

/** Exponential backoff with jitter, so that many do not come back together; what OVH asks for, where it asks for more. */
export function pause(attempt: number, retryAfter: string | undefined, timing: Timing): number {
  const own = Math.min(timing.firstMs * 2 ** attempt, timing.longestMs) * (0.5 + Math.random() / 2);
  const seconds = Number(retryAfter ?? 0);
  const asked = Number.isNaN(seconds) ? Date.parse(retryAfter ?? "") - Date.now() : seconds * 1000;
  return Math.max(own, asked || 0);
}

/** What is not known of the real API for sure, or is there to be changed by tests; all may be changed while it runs. */

export type VoidAnswer = "null" | "empty" | "204";

export interface Settings {
  /** Milliseconds that a task stays in each of its states. Default 1000. */
  delay: number;
  /** Milliseconds after which a finished task is answered by 404. vRack tasks vanish at once. Default 600000. */
  purgeAfter: number;
  /** Seconds that OVH's clock is ahead. Default 0. */
  timeDrift: number;
  /** Seconds that a timestamp may differ from OVH's clock; unknown of the real one (8 minutes failed). Default 120. */
  tolerance: number;
  /** What void calls answer: 200 with `null`, 200 with nothing, or 204. Default "null". */
  voidAnswer: VoidAnswer;
  /** The same for the refresh of a zone. Default "204", as since October 2023. */
  refreshAnswer: VoidAnswer;
  /** Status when a refresh of the zone is scheduled already. Default 409. */
  refreshConflict: number;
  /** A new record is answered with the id 0, though it has a real one, as OVH does at times. Default false. */
  recordIdZero: boolean;
  /** What the filter `subDomain=` finds. Default "apex". */
  emptySubDomain: "apex" | "all";
  /** A second POST of a reverse name. Default "replace". */
  reverseAgain: "replace" | "conflict";
  /** Reverse names come back with the final dot. Default true. */
  reverseDot: boolean;
  /** Status of an unblock while an address is still blocked. Default 400. */
  unblockTooEarly: number;
  /** Whether access rules are held against the path as sent, or decoded. Default "encoded". */
  ruleForm: "encoded" | "decoded";
}

export const DEFAULTS: Settings = {
  delay: 1000,
  purgeAfter: 600_000,
  timeDrift: 0,
  tolerance: 120,
  voidAnswer: "null",
  refreshAnswer: "204",
  refreshConflict: 409,
  recordIdZero: false,
  emptySubDomain: "apex",
  reverseAgain: "replace",
  reverseDot: true,
  unblockTooEarly: 400,
  ruleForm: "encoded",
};

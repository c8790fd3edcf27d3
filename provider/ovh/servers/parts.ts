/** What the handlers of servers are made of; tests put others in its place. */
import type { Polling } from "../../polling";
import type { OvhApi } from "../api";
import { type ShownKey, shownKey } from "./shown-key";

export interface Times {
  /** An installation. */
  install: Polling;
  /** From the end of an installation until the right host key is shown: the server boots, and the script runs. */
  answer: Polling;
  /** Everything else that OVH does. */
  small: Polling;
  /** For so long a new task may not be listed yet. */
  newMs: number;
}

export const TIMES: Times = {
  install: { everyMs: 5000, limitMs: 3_600_000 },
  answer: { everyMs: 3000, limitMs: 900_000 },
  small: { everyMs: 2000, limitMs: 600_000 },
  newMs: 30_000,
};

export interface Parts {
  api(): OvhApi;
  times: Times;
  shownKey: ShownKey;
}

export const partsOf = (api: () => OvhApi): Parts => ({ api, times: TIMES, shownKey: (address) => shownKey(address) });

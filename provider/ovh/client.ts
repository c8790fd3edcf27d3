/**
 * The one way to OVH's API: the vendor's client behind five verbs. Every 2xx is success, everything else an
 * {@link OvhError} with all that OVH said. Few calls at a time, writes to one service one after the other, and repeated
 * with backoff where that is safe.
 */
import { type OvhApi, OvhError, type PostOptions } from "./api";
import { trust } from "./ca";
import { type Answer, exchange, type Method } from "./exchange";
import { Lanes, Pace } from "./pace";
import { DEFAULT_TIMING, pause, type Timing, worthRepeating } from "./retry";
import { type OvhConfig, type OvhSettings, ovhSettings } from "./settings";

/** Calls under way at the same time: OVH does not document its limits, and its staff advise about one call a second. */
const AT_A_TIME = 4;

/** The API with these settings. Nothing is checked before the first call, because most sites need no OVH. */
export function ovhApi(config: OvhConfig, timing: Timing = DEFAULT_TIMING): OvhApi {
  const pace = new Pace(AT_A_TIME);
  const lanes = new Lanes();
  let settings: OvhSettings | undefined;
  let timeDifference: Promise<number> | undefined;

  /** Everything that a call needs: complete settings, trust, and OVH's clock, which signatures depend on. */
  async function ready(): Promise<{ settings: OvhSettings; difference: number }> {
    if (!settings) {
      const complete = ovhSettings(config);
      if (config.caFile) trust(config.caFile);
      settings = complete;
    }
    timeDifference ??= clock(settings).catch((error) => {
      timeDifference = undefined;
      throw error;
    });
    return { settings, difference: await timeDifference };
  }

  async function clock(known: OvhSettings): Promise<number> {
    const time = await repeated("GET", "/auth/time", false, () =>
      exchange(known, 0, "GET", "/auth/time", {}, timing.answerMs),
    );
    return Number(time) - Math.round(Date.now() / 1000);
  }

  /** Runs one call until it is answered for good. */
  async function repeated(method: Method, path: string, safe: boolean, once: () => Promise<Answer>): Promise<unknown> {
    const giveUpAt = Date.now() + timing.totalMs;
    for (let attempt = 0; ; attempt++) {
      const answer = await pace.run(once);
      const done = answer.status >= 200 && answer.status < 300;
      if (done && (answer.body !== undefined || method !== "GET")) return answer.body ?? null;
      const delay = pause(attempt, answer.retryAfter, timing);
      if (done || !worthRepeating(method, safe, answer) || Date.now() + delay > giveUpAt) {
        throw errorOf(`${method} ${path}`, answer, attempt);
      }
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }

  async function call<T>(method: Method, path: string, params: object = {}, options: PostOptions = {}): Promise<T> {
    const { settings, difference } = await ready();
    const run = () =>
      repeated(method, path, options.repeatable ?? false, () =>
        exchange(settings, difference, method, path, params, timing.answerMs),
      );
    return (await (method === "GET" ? run() : lanes.run(serviceOf(path), run))) as T;
  }

  return {
    get: (path, query) => call("GET", path, query),
    post: (path, body, options) => call("POST", path, body, options),
    put: (path, body) => call("PUT", path, body),
    delete: (path) => call("DELETE", path),
  };
}

/** What a path is about: "/domain/zone/example.org", "/dedicated/server/ns1", "/ip/192.0.2.1%2F32", "/vrack/pn-1". */
function serviceOf(path: string): string {
  const parts = path.split("/").slice(1);
  const long = ["domain", "dedicated", "cloud"].includes(parts[0] ?? "");
  return parts.slice(0, long ? 3 : 2).join("/");
}

/** The typed error for an answer other than success. */
function errorOf(call: string, answer: Answer, repeats: number): OvhError {
  const body = typeof answer.body === "object" && answer.body !== null ? (answer.body as Record<string, unknown>) : {};
  const text = (name: string) => (typeof body[name] === "string" ? { [name]: body[name] } : {});
  const message =
    answer.failure ??
    (typeof body.message === "string" ? body.message : answer.body === undefined ? "no JSON" : "no reason given");
  const said = {
    message: repeats > 0 ? `${message} (tried ${repeats + 1} times)` : message,
    ...text("class"),
    ...text("errorCode"),
    ...(typeof body.details === "object" && body.details !== null ? { details: body.details } : {}),
    ...(answer.queryId ? { queryId: answer.queryId } : {}),
  };
  return new OvhError(call, answer.status, said, hintFor(answer, message));
}

function hintFor({ status, failure }: Answer, message: string): string | undefined {
  if (failure && /CERT|SELF_SIGNED|certificate/i.test(failure)) {
    return "the API's certificate is not trusted; a private API needs ovh.caFile";
  }
  if (failure) return "is ovh.endpoint right, and does this machine reach it?";
  if (status === 400 && /signature/i.test(message)) {
    return "is applicationSecret right, and was the consumer key validated in the browser? (docs/ovh.md)";
  }
  if (status === 401 || status === 403) {
    return "the credentials do not allow this call: docs/ovh.md lists the access rules that each feature needs; the consumer key must be validated and not expired";
  }
  if (status === 429) return "OVH limits the number of calls; try again in some minutes";
  if (status === 460) return "the service has expired or is suspended: see OVH's control panel";
  return undefined;
}

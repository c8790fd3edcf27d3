/**
 * One call through the vendor's client (npm `ovh` 2.0.3), with everything that the client itself loses.
 *
 * It takes any status but 200 for a failure and then gives only the message; of an answer that is no JSON it does not even
 * give the status. Therefore each call has a client object of its own, whose `debug` hook sees the body, and Node's
 * diagnostics channel shows the request, whose response has the status and the headers.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import type { ClientRequest, IncomingMessage } from "node:http";
import { getSystemErrorName } from "node:util";
import type { OvhSettings } from "./settings";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** What came back. */
export interface Answer {
  /** HTTP status; 0 when there was none. */
  status: number;
  /** The parsed JSON, null when it was empty, undefined when it was no JSON. */
  body: unknown;
  /** OVH's id of the request, from the header X-Ovh-Queryid. */
  queryId?: string;
  /** Header Retry-After, RFC 9110 §10.2.3. */
  retryAfter?: string;
  /** Why there was no answer: name of the system's error, e.g. "ECONNREFUSED", or a message. */
  failure?: string;
}

/** What is seen of a call from outside the client. */
interface Trace {
  request?: ClientRequest;
  response?: IncomingMessage;
  /** Ends the call: the client itself would wait for ever for the rest of an answer. */
  cut(reason: string): void;
}

const traces = new AsyncLocalStorage<Trace>();

subscribe("http.client.request.start", (message) => {
  const { request } = message as { request: ClientRequest };
  const trace = traces.getStore();
  if (!trace) return;
  trace.request = request;
  request.once("response", (response) => {
    trace.response = response;
    response.once("close", () => {
      if (!response.complete) trace.cut("ECONNRESET");
    });
  });
});

/** Calls once. `timeDifference`: seconds that OVH's clock is ahead. Never rejects. */
export async function exchange(
  settings: OvhSettings,
  timeDifference: number,
  method: Method,
  path: string,
  params: object,
  timeoutMs: number,
): Promise<Answer> {
  const { default: ovh } = await import("ovh");
  const heard: { body?: string } = {};
  // The client does not sign paths that contain "/auth" (…/authorizableIps too); what is in the base path it does sign.
  const hidden = path.includes("/auth") && path !== "/auth/time";
  const client = ovh({
    ...settings.at,
    basePath: hidden ? settings.basePath + path : settings.basePath,
    appKey: settings.applicationKey,
    appSecret: settings.applicationSecret,
    consumerKey: settings.consumerKey,
    // Bodies can hold secrets: what is heard here is for the answer alone.
    debug: (...texts) => {
      if (texts[0]?.includes("response")) heard.body = texts.at(-1);
    },
  });
  // Not by the options: there a difference of 0 counts as unknown.
  client.apiTimeDiff = timeDifference;
  const { trace, failure } = await observed(timeoutMs, () =>
    // A copy, because the client deletes from it.
    client.requestPromised(method, hidden ? "" : path, { ...params }),
  );
  const { statusCode = 0, headers, complete } = trace.response ?? {};
  const queryId = headers?.["x-ovh-queryid"];
  return {
    status: complete ? statusCode : 0,
    body: bodyOf(heard.body),
    ...(queryId ? { queryId: String(queryId) } : {}),
    ...(headers?.["retry-after"] ? { retryAfter: headers["retry-after"] } : {}),
    ...(complete ? {} : { failure: nameOf(failure) }),
  };
}

/** Runs a call of the client, and tells what could be seen of it and with what it rejected. */
async function observed(
  timeoutMs: number,
  call: () => PromiseLike<unknown>,
): Promise<{ trace: Trace; failure: unknown }> {
  let limit: NodeJS.Timeout | undefined;
  const trace: Trace = { cut: () => {} };
  const cut = new Promise<never>((_, reject) => {
    trace.cut = (reason) => {
      trace.request?.destroy();
      reject({ error: reason });
    };
    limit = setTimeout(() => trace.cut("ETIMEDOUT"), timeoutMs);
  });
  try {
    await Promise.race([traces.run(trace, call), cut]);
    return { trace, failure: undefined };
  } catch (rejected) {
    return { trace, failure: (rejected as { error: unknown }).error };
  } finally {
    clearTimeout(limit);
  }
}

function bodyOf(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  return text === "" ? null : JSON.parse(text);
}

function nameOf(error: unknown): string {
  if (typeof error === "number" && error < 0) return getSystemErrorName(error);
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return code === "ECONNRESET" ? code : code ? `${code}: ${error.message}` : error.message;
}

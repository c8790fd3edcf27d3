/** One request of the fake: fault, signature, rule, route, answer; in this order. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Api } from "./api";
import {
  type AccessRule,
  authenticate,
  type Consumer,
  type Credentials,
  granted,
  invalidApplication,
  newCredentials,
  notGranted,
} from "./auth";
import { ApiError, phrase } from "./errors";
import type { Fault, Faults } from "./faults";
import { type Router, VOID } from "./router";
import type { VoidAnswer } from "./settings";

/** A request, without secrets. */
export interface LogEntry {
  method: string;
  /** Below the base, as it was sent, with its query. */
  path: string;
  /** 0 when the connection was cut in the place of an answer. */
  status: number;
  /** JSON body; what may be secret in it is replaced. */
  body?: unknown;
}

interface Parts {
  api: Api;
  router: Router;
  credentials: Credentials;
  faults: Faults;
  log: LogEntry[];
}

/** What a call answers with; `text` is the body as sent. */
interface Answer {
  status: number;
  text: string;
  type: string;
  retryAfter?: number;
}

/** `/v1` is another name of `/1.0`. */
const BASES = ["/1.0", "/v1"];
/** Entries that the log keeps; a process of the lab runs for days. */
const LOG_LENGTH = 20_000;

export function requestListener(parts: Parts): RequestListener {
  return (request, response) => {
    handle(parts, request, response).catch((error: unknown) => {
      send(response, { status: 500, text: JSON.stringify({ message: String(error) }), type: "application/json" });
    });
  };
}

async function handle(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString("utf8");
  const method = request.method ?? "GET";
  const target = request.url ?? "/";
  const base = BASES.find((candidate) => target.startsWith(`${candidate}/`)) ?? "";
  const path = target.slice(base.length);
  const fault = parts.faults.hit(method, path);
  const entry: LogEntry = { method, path, status: 0, ...(body ? { body: withoutSecrets(parse(body)) } : {}) };
  parts.log.push(entry);
  if (parts.log.length > LOG_LENGTH) parts.log.shift();

  let answer: Answer | undefined;
  if (!fault || fault.afterwards || fault.drop) answer = await act(parts, request, { method, target, path, body });
  if (fault?.drop) {
    request.socket.destroy();
    return;
  }
  if (fault) answer = faultAnswer(fault);
  if (!answer) return;
  entry.status = answer.status;
  send(response, answer);
}

interface Call {
  method: string;
  target: string;
  path: string;
  body: string;
}

async function act(parts: Parts, request: IncomingMessage, call: Call): Promise<Answer> {
  const { api, router } = parts;
  const [rawPath = "", query = ""] = call.path.split("?", 2);
  try {
    const result = await (rawPath in UNSIGNED
      ? UNSIGNED[rawPath]?.(parts, request, call)
      : signed(parts, request, call, rawPath, query, router));
    if (call.method !== "GET") api.changed();
    if (result !== VOID) return json(200, result);
    return voidAnswer(rawPath.endsWith("/refresh") ? api.settings.refreshAnswer : api.settings.voidAnswer);
  } catch (error) {
    if (error instanceof ApiError) return json(error.status, error.body);
    const message = `Internal error: ${error instanceof Error ? error.message : String(error)}`;
    return json(500, new ApiError(500, message).body);
  }
}

const now = (api: Api): number => Math.floor(Date.now() / 1000) + api.settings.timeDrift;

/** Calls without a signature. A new key is of no use before a person has opened its address. */
const UNSIGNED: Record<string, (parts: Parts, request: IncomingMessage, call: Call) => unknown> = {
  "/auth/time": ({ api }) => now(api),
  "/auth/credential": ({ api, credentials }, request, call) => {
    if (request.headers["x-ovh-application"] !== credentials.applicationKey) throw invalidApplication();
    const { accessRules = [] } = parseStrictly(call.body) as { accessRules?: AccessRule[] };
    const { consumerKey } = newCredentials();
    api.state.consumers.push({ consumerKey, state: "pendingValidation", rules: accessRules });
    const validationUrl = `https://www.ovh.com/auth/sso/api?credentialToken=${randomUUID()}`;
    return { consumerKey, state: "pendingValidation", validationUrl };
  },
};

async function signed(
  { api, credentials }: Parts,
  request: IncomingMessage,
  call: Call,
  rawPath: string,
  query: string,
  router: Router,
): Promise<unknown> {
  const host = request.headers.host ?? "";
  // The vendor's JavaScript client leaves the port out of the URL that it signs, others leave it in.
  const urls = [host, host.replace(/:\d+$/, "")].map((name) => `https://${name}${call.target}`);
  const clock = { now: now(api), tolerance: api.settings.tolerance };
  const signedCall = { method: call.method, urls, body: call.body, headers: request.headers };
  const consumer = authenticate(signedCall, credentials, api.state.consumers, clock);
  // What concerns the key itself needs no rule.
  if (rawPath.startsWith("/auth/")) return about(consumer, rawPath);
  const judged = api.settings.ruleForm === "encoded" ? rawPath : decodeURIComponent(rawPath);
  if (!granted(consumer.rules, call.method, judged)) throw notGranted();
  return router.run(call.method, rawPath, new URLSearchParams(query), call.body ? parseStrictly(call.body) : undefined);
}

function about(consumer: Consumer, path: string): unknown {
  const rules = consumer.rules;
  if (path === "/auth/currentCredential") {
    return { credentialId: 1, applicationId: 1, status: consumer.state, rules, allowedIPs: null, ovhSupport: false };
  }
  if (path === "/auth/details") {
    const identities = ["urn:v1:eu:identity:account:lab1-ovh"];
    return { account: "lab1-ovh", method: "application", user: null, roles: [], description: "", identities };
  }
  throw new ApiError(404, "Got an invalid (or empty) URL");
}

function parseStrictly(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new ApiError(400, "Request body is not valid JSON");
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return "(not JSON)";
  }
}

/** Scripts may bring private keys along. */
const SECRET = /script$|password|secret|userData$/i;

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, SECRET.test(name) ? "(secret)" : withoutSecrets(inner)]),
  );
}

const json = (status: number, value: unknown): Answer => ({
  status,
  text: JSON.stringify(value ?? null),
  type: "application/json; charset=utf-8",
});

function voidAnswer(kind: VoidAnswer): Answer {
  const type = "application/json; charset=utf-8";
  return kind === "204" ? { status: 204, text: "", type } : { status: 200, text: kind === "null" ? "null" : "", type };
}

function faultAnswer({ status = 500, html, message, retryAfter }: Fault): Answer {
  const words = message ?? `Fault on demand: ${phrase(status)}`;
  const head = retryAfter === undefined ? {} : { retryAfter };
  if (!html) return { ...json(status, new ApiError(status, words).body), ...head };
  const text = `<html><head><title>${status} ${phrase(status)}</title></head><body>${words}</body></html>`;
  return { status, text, type: "text/html", ...head };
}

function send(response: ServerResponse, { status, text, type, retryAfter }: Answer): void {
  response.writeHead(status, {
    ...(text ? { "Content-Type": type } : {}),
    ...(retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) }),
    "X-Ovh-Queryid": `LAB.ext-1.${randomUUID()}`,
  });
  response.end(text);
}

/**
 * Routes of the API. A path is matched as it was sent, segment by segment, and only then decoded: "/ip/10.0.0.0%2F28" has
 * two segments. Bodies are checked against what the call takes.
 */
import { badRequest, notFound } from "./errors";

/** What a void call returns. */
export const VOID = Symbol("void");

export interface ApiRequest {
  method: string;
  /** Decoded values of the placeholders. */
  params: Record<string, string>;
  query: URLSearchParams;
  /** JSON body; empty when there was none. */
  body: Record<string, unknown>;
}

export type Handler = (request: ApiRequest) => unknown;

interface Field {
  name: string;
  type: string;
  required: boolean;
}

interface Route {
  method: string;
  segments: string[];
  fields: Field[];
  handler: Handler;
}

const KINDS: Record<string, (value: unknown) => boolean> = {
  string: (value) => typeof value === "string",
  long: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  array: Array.isArray,
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

/** "target* subDomain ttl:long": names, `*` for required ones, and types other than string. */
function parseFields(takes: string): Field[] {
  return takes
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => {
      const [name = "", type = "string"] = word.split(":");
      return { name: name.replace("*", ""), type, required: name.endsWith("*") };
    });
}

export class Router {
  private readonly routes: Route[] = [];

  /** `path` as "/domain/zone/{zone}/record"; `takes` the body's fields as "target* ttl:long". */
  on(method: string, path: string, handler: Handler): void;
  on(method: string, path: string, takes: string, handler: Handler): void;
  on(method: string, path: string, takes: string | Handler, handler?: Handler): void {
    const act = handler ?? (takes as Handler);
    const fields = typeof takes === "string" ? parseFields(takes) : [];
    this.routes.push({ method, segments: path.split("/").slice(1), fields, handler: act });
  }

  /** Runs the route of a raw path (without the base, without the query). */
  async run(method: string, rawPath: string, query: URLSearchParams, body: unknown): Promise<unknown> {
    const segments = rawPath.split("/").slice(1);
    const candidates = this.routes.filter((route) => matches(route.segments, segments));
    const route = candidates.find((candidate) => candidate.method === method);
    if (!route) {
      throw notFound(
        candidates.length > 0 ? "Method not allowed for this path" : "Got an invalid (or empty) URL",
        "NotFound",
      );
    }
    const params: Record<string, string> = {};
    route.segments.forEach((segment, index) => {
      if (segment.startsWith("{")) params[segment.slice(1, -1)] = decode(segments[index] ?? "");
    });
    return route.handler({ method, params, query, body: checkBody(body, route.fields) });
  }
}

const matches = (pattern: string[], segments: string[]): boolean =>
  pattern.length === segments.length &&
  pattern.every((part, index) => (part.startsWith("{") ? segments[index] !== "" : part === segments[index]));

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest(`Invalid encoding in the path: ${segment}`);
  }
}

function checkBody(body: unknown, fields: Field[]): Record<string, unknown> {
  if (body === undefined || body === null) body = {};
  if (!KINDS.object?.(body)) throw badRequest("Request body must be a JSON object");
  const given = body as Record<string, unknown>;
  const unknown = Object.keys(given).filter((name) => !fields.some((field) => field.name === name));
  if (unknown.length > 0) throw badRequest(`Received not described parameters: (${unknown.join(", ")})`);
  for (const { name, type, required } of fields) {
    const value = given[name];
    if (value === undefined || value === null) {
      if (required) throw badRequest(`Missing parameter(s): ${name}`);
    } else if (!KINDS[type]?.(value)) {
      throw badRequest(`[${name}] Given data (${JSON.stringify(value)}) is not valid for type ${type}`);
    }
  }
  return given;
}

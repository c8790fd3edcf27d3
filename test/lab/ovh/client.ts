/** Clients of the fake for tests: the vendor's own, and plain HTTPS with a signature. */
import { readFileSync } from "node:fs";
import https from "node:https";
import { createSecureContext } from "node:tls";
import { sign } from "../../../lab/ovh/auth";
import { MemoryWorld } from "../../../lab/ovh/memory-world";
import { type FakeOvh, type FakeOvhOptions, startFakeOvh } from "../../../lab/ovh/server";

/** The vendor's client, whose package brings no types. It takes 201 and 204 for failures, and rejects with `{ error, message }`. */
export interface VendorClient {
  requestPromised<T>(method: string, path: string, params?: object): Promise<T>;
}

/** Where the fake listens, in this process or in the lab's. */
export type Reached = Pick<FakeOvh, "host" | "port" | "caFile" | "credentials">;

/** The client with the rights of `consumerKey`. */
export function vendorClient(
  { host, port, caFile, credentials }: Reached,
  consumerKey = credentials.consumerKey,
): VendorClient {
  const ovh = require("ovh") as (options: object) => VendorClient;
  // It has no option for a CA: the process has to trust it.
  https.globalAgent.options.secureContext = createSecureContext({ ca: readFileSync(caFile) });
  const { applicationKey: appKey, applicationSecret: appSecret } = credentials;
  return ovh({ host, port, basePath: "/1.0", appKey, appSecret, consumerKey, apiTimeDiff: 1 });
}

export interface Answer {
  status: number;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at field by field
  json: any;
  headers: Record<string, string | string[] | undefined>;
}

export interface CallOptions {
  /** Seconds that the client's clock is ahead. */
  ahead?: number;
  /** Sign the URL with its port, as the Go client does. */
  withPort?: boolean;
  headers?: Record<string, string>;
}

/** A signed call as any client makes it. */
export function call(
  fake: FakeOvh,
  method: string,
  path: string,
  body?: unknown,
  o: CallOptions = {},
): Promise<Answer> {
  const { applicationKey, applicationSecret, consumerKey } = fake.credentials;
  const text = body === undefined ? "" : JSON.stringify(body);
  const timestamp = String(Math.floor(Date.now() / 1000) + (o.ahead ?? 0));
  const url = `https://${fake.host}${o.withPort ? `:${fake.port}` : ""}/1.0${path}`;
  const headers = {
    "X-Ovh-Application": applicationKey,
    "X-Ovh-Consumer": consumerKey,
    "X-Ovh-Timestamp": timestamp,
    "X-Ovh-Signature": sign(applicationSecret, consumerKey, { method, url, body: text, timestamp }),
    ...o.headers,
  };
  return new Promise((resolve, reject) => {
    const options = { method, headers, ca: readFileSync(fake.caFile), agent: false };
    const request = https.request(`${fake.url}${path}`, options, (response) => {
      let received = "";
      response.on("data", (chunk) => {
        received += chunk;
      });
      response.on("end", () => {
        const isJson = String(response.headers["content-type"]).startsWith("application/json");
        const json = isJson && received ? JSON.parse(received) : undefined;
        resolve({ status: response.statusCode ?? 0, text: received, json, headers: response.headers });
      });
    });
    request.on("error", reject);
    request.end(text);
  });
}

/** A fake with quick tasks. */
export async function quickFake(
  options: Partial<FakeOvhOptions> = {},
): Promise<{ fake: FakeOvh; world: MemoryWorld; get: (path: string) => Promise<Answer["json"]> }> {
  const world = new MemoryWorld();
  const fake = await startFakeOvh({ world, delay: 5, ...options });
  return { fake, world, get: async (path) => (await call(fake, "GET", path)).json };
}

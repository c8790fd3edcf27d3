/** Application keys: signatures, credentials, access rules. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { ApiError } from "./errors";

export interface AccessRule {
  method: string;
  path: string;
}

export interface Credentials {
  applicationKey: string;
  applicationSecret: string;
  consumerKey: string;
}

/** One consumer key with its rules. */
export interface Consumer {
  consumerKey: string;
  state: "pendingValidation" | "validated" | "refused" | "expired";
  rules: AccessRule[];
}

const random = (bytes: number): string => randomBytes(bytes).toString("hex");

export const newCredentials = (): Credentials => ({
  applicationKey: random(8),
  applicationSecret: random(16),
  consumerKey: random(16),
});

/** "$1$" and the hex SHA-1 of secret, consumer key, method, URL, body and timestamp joined with "+". */
export function sign(
  secret: string,
  consumerKey: string,
  call: { method: string; url: string; body: string; timestamp: string },
): string {
  const text = [secret, consumerKey, call.method, call.url, call.body, call.timestamp].join("+");
  return `$1$${createHash("sha1").update(text).digest("hex")}`;
}

/** `*` stands for anything, slashes included; nothing is implied: "/x/*" does not cover "/x". */
export function granted(rules: AccessRule[], method: string, path: string): boolean {
  return rules.some((rule) => {
    const pattern = rule.path.split("*").map((part) => part.replace(/[.?+^$()[\]{}|\\]/g, "\\$&"));
    return (rule.method === "*" || rule.method === method) && new RegExp(`^${pattern.join(".*")}$`).test(path);
  });
}

const same = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

export interface SignedCall {
  method: string;
  /** The URL in each form that a client may have signed. */
  urls: string[];
  body: string;
  headers: IncomingHttpHeaders;
}

/** The consumer who signed a call; an error as OVH words it otherwise. `now` in seconds. */
export function authenticate(
  call: SignedCall,
  keys: Credentials,
  consumers: Consumer[],
  clock: { now: number; tolerance: number },
): Consumer {
  const header = (name: string): string | undefined => {
    const value = call.headers[`x-ovh-${name}`];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const application = header("application");
  const consumerKey = header("consumer");
  const timestamp = header("timestamp");
  const signature = header("signature");
  if (!application) throw new ApiError(401, "You must login first", { errorCode: "NOT_CREDENTIAL" });
  if (application !== keys.applicationKey) throw invalidApplication();
  if (!consumerKey) throw new ApiError(401, "You must login first", { errorCode: "NOT_CREDENTIAL" });
  const consumer = consumers.find((candidate) => candidate.consumerKey === consumerKey);
  if (!consumer) throw new ApiError(403, "This credential does not exist", { errorCode: "NOT_CREDENTIAL" });
  const invalid = new ApiError(400, "Invalid signature", { errorCode: "INVALID_SIGNATURE" });
  if (!timestamp || !signature) throw invalid;
  const right = call.urls.some((url) =>
    same(
      sign(keys.applicationSecret, consumerKey, { method: call.method, url, body: call.body, timestamp }),
      signature,
    ),
  );
  // How OVH words a clock that is off is not documented; a client can only take it as a wrong signature.
  if (!right || !(Math.abs(Number(timestamp) - clock.now) <= clock.tolerance)) throw invalid;
  if (consumer.state !== "validated")
    throw new ApiError(403, "This credential is not valid", { errorCode: "INVALID_CREDENTIAL" });
  return consumer;
}

export const invalidApplication = (): ApiError =>
  new ApiError(403, "Invalid application key", { errorCode: "INVALID_KEY" });

export const notGranted = (): ApiError =>
  new ApiError(403, "This call has not been granted", { errorCode: "NOT_GRANTED_CALL" });

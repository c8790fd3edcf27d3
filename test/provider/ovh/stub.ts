/** An API of a few lines for the client's tests: HTTPS on loopback, answers as the test says, every request noted. */
import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { startHttps } from "../../support/loopback";

export interface Noted {
  method: string;
  /** As sent: base path, query and encoding included. */
  url: string;
  body: string;
  signed: boolean;
  at: number;
}

/** Status, body, headers; "cut" ends the connection in the middle of the answer. */
export type Reply = { status: number; text?: string; headers?: Record<string, string>; delayMs?: number } | "cut";

export const KEYS = { applicationKey: "ak", applicationSecret: "as-secret", consumerKey: "ck-secret" };
/** Seconds that the stub's clock is ahead. */
export const AHEAD = 5000;

export async function startStub(reply: (request: Noted, earlier: number) => Reply) {
  const noted: Noted[] = [];
  const busy = { now: 0, most: 0 };
  const {
    url: endpoint,
    caFile,
    stop,
  } = await startHttps((request, response) => {
    const now = Math.round(Date.now() / 1000) + AHEAD;
    if (request.url === "/1.0/auth/time") {
      response.end(String(now));
      return;
    }
    let body = "";
    request.on("data", (data: Buffer) => {
      body += data.toString("latin1");
    });
    request.on("end", async () => {
      const { method = "", url = "" } = request;
      const time = String(request.headers["x-ovh-timestamp"]);
      const text = [KEYS.applicationSecret, KEYS.consumerKey, method, `https://127.0.0.1${url}`, body, time].join("+");
      const signature = `$1$${createHash("sha1").update(text).digest("hex")}`;
      const signed = request.headers["x-ovh-signature"] === signature && Math.abs(Number(time) - now) < 30;
      const note = { method, url, body, signed, at: Date.now() };
      const answer = reply(note, noted.filter((other) => other.method === method && other.url === url).length);
      noted.push(note);
      busy.most = Math.max(busy.most, ++busy.now);
      if (answer !== "cut" && answer.delayMs) await new Promise((resolve) => setTimeout(resolve, answer.delayMs));
      busy.now--;
      if (answer === "cut") {
        response.writeHead(200, { "content-length": "100" }).write("{");
        setTimeout(() => (response.socket as Socket).destroy(), 10);
      } else response.writeHead(answer.status, { "x-ovh-queryid": "EU.q-1", ...answer.headers }).end(answer.text);
    });
  });
  return { endpoint, caFile, noted, busy, stop };
}

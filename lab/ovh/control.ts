/**
 * The fake's back door, a socket that only root can open: faults, settings, rules and the request log, for tests that run in
 * other processes than the fake. No real API has it.
 */
import { chmodSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AccessRule } from "./auth";
import type { Fault } from "./faults";
import type { LogEntry } from "./http";
import type { FakeOvh } from "./server";
import type { Settings } from "./settings";

/** A fault as it travels: the path is the text of a regular expression. */
export type FaultText = Omit<Fault, "path"> & { path: string };

const read = async (message: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
};

type Act = (fake: FakeOvh, body: never) => unknown;
const ACTS: Record<string, Act> = {
  "GET /log": (fake) => fake.log,
  "DELETE /log": (fake) => fake.log.splice(0).length,
  "POST /faults": (fake, { path, ...fault }: FaultText) => fake.faults.add({ ...fault, path: new RegExp(path) }),
  "DELETE /faults": (fake) => fake.faults.clear(),
  "GET /settings": (fake) => fake.settings,
  "PUT /settings": (fake, settings: Partial<Settings>) => Object.assign(fake.settings, settings),
  "PUT /rules": (fake, rules: AccessRule[]) => fake.grant(rules),
};

/** Listens on a socket of the file system. */
export async function listenForControl(fake: FakeOvh, socket: string): Promise<Server> {
  rmSync(socket, { force: true });
  const server = createServer(async (message, response) => {
    const act = ACTS[`${message.method} ${message.url}`];
    try {
      const text = await read(message);
      if (!act) throw new Error(`there is only: ${Object.keys(ACTS).join(", ")}`);
      const result = act(fake, (text ? JSON.parse(text) : undefined) as never);
      response.end(JSON.stringify(result ?? null));
    } catch (error) {
      response.writeHead(400).end(JSON.stringify({ message: String(error) }));
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socket, resolve);
  });
  chmodSync(socket, 0o600);
  return server;
}

function ask<T>(socket: string, method: string, path: string, body?: unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const message = request({ socketPath: socket, method, path }, async (response) => {
      const text = await read(response);
      if (response.statusCode === 200) resolve(JSON.parse(text) as T);
      else reject(new Error(`the fake refused ${method} ${path}: ${text}`));
    });
    message.on("error", reject);
    message.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** The fake behind a control socket; see the fields of {@link FakeOvh}. */
export const controlled = (socket: string) => ({
  log: () => ask<LogEntry[]>(socket, "GET", "/log"),
  clearLog: () => ask<number>(socket, "DELETE", "/log"),
  addFault: ({ path, ...fault }: Fault) => ask<null>(socket, "POST", "/faults", { ...fault, path: path.source }),
  clearFaults: () => ask<null>(socket, "DELETE", "/faults"),
  settings: () => ask<Settings>(socket, "GET", "/settings"),
  change: (settings: Partial<Settings>) => ask<Settings>(socket, "PUT", "/settings", settings),
  grant: (rules: AccessRule[]) => ask<null>(socket, "PUT", "/rules", rules),
});

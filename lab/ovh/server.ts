/**
 * A fake of OVH's API over HTTPS, faithful as far as the real one's behaviour is known: signatures, access rules, tasks
 * with states, zone edits that nobody sees before a refresh. What it is told to do happens in its {@link World}.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeAtomically } from "../../system/files";
import { type Account, newState } from "./account";
import type { Api } from "./api";
import { type AccessRule, type Credentials, newCredentials } from "./auth";
import { ensureCertificate } from "./certificate";
import { cloudRoutes } from "./cloud";
import { Faults } from "./faults";
import { type LogEntry, requestListener } from "./http";
import { ipRoutes } from "./ip";
import { nasRoutes } from "./nas";
import { Router } from "./router";
import { serverRoutes } from "./servers";
import { DEFAULTS, type Settings } from "./settings";
import type { State } from "./state";
import { Tasks } from "./tasks";
import { vpsRoutes } from "./vps";
import { vrackRoutes } from "./vrack";
import type { World } from "./world";
import { publish, zoneRoutes } from "./zones";

export interface FakeOvhOptions extends Partial<Settings> {
  world: World;
  /** What the account holds; not used when the state file is there already. */
  account?: Account;
  /** Default 127.0.0.1. */
  host?: string;
  /** 0 (default) for any free port. */
  port?: number;
  /** Rules of the consumer key. Default: everything. */
  accessRules?: AccessRule[];
  /** Keys; default: new ones. */
  credentials?: Credentials;
  /** Directory for certificate and state, kept when it ends. Default: a temporary one. */
  directory?: string;
  /** Names and addresses in the certificate. Default: 127.0.0.1, localhost, api.ovh.lab.example. */
  names?: string[];
}

export interface FakeOvh {
  /** https://HOST:PORT/1.0 */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** PEM file of the CA to trust. */
  readonly caFile: string;
  readonly credentials: Credentials;
  /** Requests in order, without secrets. */
  readonly log: LogEntry[];
  readonly faults: Faults;
  /** May be changed while it runs. */
  readonly settings: Settings;
  /** Everything it knows; tests may look, and change what OVH's people or other tools would. */
  readonly state: State;
  /** Replaces the access rules of the consumer key. */
  grant(rules: AccessRule[]): void;
  /** Resolves when no task is open. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const EVERYTHING: AccessRule[] = [{ method: "*", path: "/*" }];

export async function startFakeOvh(options: FakeOvhOptions): Promise<FakeOvh> {
  const { host = "127.0.0.1", credentials = newCredentials(), accessRules = EVERYTHING } = options;
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), "fake-ovh-"));
  const names = options.names ?? ["127.0.0.1", "localhost", "api.ovh.lab.example"];
  const { certificate, key, caFile } = await ensureCertificate(directory, names);
  const settings = settingsOf(options);
  const stateFile = options.directory && join(directory, "state.json");
  const state =
    stateFile && existsSync(stateFile)
      ? (JSON.parse(readFileSync(stateFile, "utf8")) as State)
      : newState(options.account ?? {});
  const { consumerKey } = credentials;
  const grant = (rules: AccessRule[]): void => {
    state.consumers = state.consumers.filter((consumer) => consumer.consumerKey !== consumerKey);
    state.consumers.push({ consumerKey, state: "validated", rules });
  };
  grant(accessRules);

  const saver = stateSaver(state, stateFile);
  const newId = (): number => state.nextId++;
  const tasks = new Tasks(state, settings, newId, saver.changed);
  const api: Api = { state, world: options.world, tasks, settings, newId, changed: saver.changed };
  const router = new Router();
  for (const routes of [zoneRoutes, ipRoutes, serverRoutes, vpsRoutes, vrackRoutes, nasRoutes, cloudRoutes]) {
    routes(router, api);
  }
  for (const zone of Object.values(state.zones)) await publish(api, zone);

  const log: LogEntry[] = [];
  const faults = new Faults();
  const server = createServer({ cert: certificate, key }, requestListener({ api, router, credentials, faults, log }));
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  tasks.resume();
  const port = (server.address() as AddressInfo).port;
  return {
    ...{ url: `https://${host}:${port}/1.0`, host, port, caFile, credentials, log, faults, settings, state, grant },
    idle: () => tasks.idle(),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
      await tasks.stop();
      saver.flush();
      if (!options.directory) rmSync(directory, { recursive: true, force: true });
    },
  };
}

function settingsOf(options: FakeOvhOptions): Settings {
  const names = Object.keys(DEFAULTS) as (keyof Settings)[];
  const given = names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]);
  return { ...DEFAULTS, ...Object.fromEntries(given) };
}

/** Writes the state a moment after it changed, so that a burst of calls costs one write. */
function stateSaver(state: State, file: string | undefined): { changed: () => void; flush: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (file) writeAtomically(file, `${JSON.stringify(state)}\n`, 0o600);
  };
  const changed = (): void => {
    if (file) timer ??= setTimeout(flush, 50);
  };
  return { changed, flush };
}

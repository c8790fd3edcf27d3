/** What the filter wants of a host, put together from its files. */
import { createPrivateKey } from "node:crypto";
import type { Manifest } from "../../provider/manifest";
import { directory, file, running } from "../shared/entries";
import { isLoopback } from "../shared/net";
import { PORTS } from "../shared/paths";
import { program } from "../shared/program";
import { dropInPath } from "../shared/sandbox";
import {
  CLAMAV_DATABASE,
  CLAMAV_SOCKET,
  DKIM_DIRECTORY,
  DKIM_SIGNING,
  type FilterSettings,
  PROGRAM_DIRECTORY,
  RSPAMD,
  SENDERS_MAP,
  STORE_DIRECTORY,
  STORE_FILE,
  STORE_SOCKET,
} from "./args";
import {
  clamd,
  clamdService,
  clamdSocket,
  databaseProgram,
  databaseService,
  databaseTimer,
  freshclam,
  freshclamSandbox,
} from "./clamav";
import {
  actions,
  bayes,
  logging,
  milterSocket,
  moduleOff,
  options,
  packagedLists,
  REMOTE_MODULES,
  redis,
  rspamdUnit,
  store,
  storeUnit,
  takeOverListeners,
  workerController,
  workerNormal,
  workerProxy,
} from "./rspamd";
import { senderRule, sendersMap, virusRule } from "./rules";
import { arc, dkimSigning, dmarc, greylist, milterHeaders, ratelimit } from "./verdicts";

const STORE_UNIT = "valkey-server@rspamd.service";

type Parts = Pick<Manifest, "directories" | "files" | "prepare" | "validate" | "services" | "health">;

/** A private key (PKCS #8 PEM) as rspamd reads it: RSA as it is, Ed25519 as the bare seed in base64. */
export function rspamdKey(pem: string): string {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyType !== "ed25519") return pem;
  return Buffer.from(String(key.export({ format: "jwk" }).d), "base64url").toString("base64");
}

function rspamdFiles(s: FilterSettings): Record<string, string> {
  const local: Record<string, string> = {
    "actions.conf": actions(s),
    "redis.conf": redis(),
    "classifier-bayes.conf": bayes(),
    "dmarc.conf": dmarc(),
    "greylist.conf": greylist(s),
    "ratelimit.conf": ratelimit(s),
  };
  if (!s.remoteServices) {
    for (const module of REMOTE_MODULES) local[`${module}.conf`] = moduleOff();
  }
  const overriding: Record<string, string> = {
    "options.inc": options(s),
    "logging.inc": logging(),
    "worker-proxy.inc": workerProxy(s),
    "worker-normal.inc": workerNormal(),
    "worker-controller.inc": workerController(s),
    "arc.conf": arc(s),
    "milter_headers.conf": milterHeaders(),
    ...(s.remoteServices ? {} : packagedLists()),
  };
  const under = (directory: string, files: Record<string, string>) =>
    Object.entries(files).map(([name, content]) => [`${RSPAMD}/${directory}/${name}`, content] as const);
  return Object.fromEntries([
    ...under("local.d", local),
    ...under("override.d", overriding),
    ...under("lua.local.d", {
      "postfleet-sender.lua": senderRule(s),
      ...(s.clamav ? { "postfleet-virus.lua": virusRule(s) } : {}),
    }),
    [DKIM_SIGNING, dkimSigning(s)],
    [SENDERS_MAP, sendersMap(s)],
  ]);
}

/** Rspamd itself has to answer: the listener is systemd's, and takes connections for a dead rspamd as well. */
const milterPing = (address: string) =>
  program("filter", "milter-ping.py", { values: { ADDRESS: address, PORT: PORTS.milter } }).trimEnd();

/** rspamd and its store. */
export function filterParts(s: FilterSettings): Parts {
  const rspamdDropIn = dropInPath("rspamd.service");
  const socketUnit = "/etc/systemd/system/rspamd.socket";
  const storeDropIn = dropInPath(STORE_UNIT);
  const listen = s.listen.find(isLoopback) ?? s.listen[0] ?? "127.0.0.1";
  return {
    directories: {
      [DKIM_DIRECTORY]: { mode: "0750", owner: "root", group: "_rspamd" },
      [`${RSPAMD}/lua.local.d`]: directory(),
      [STORE_DIRECTORY]: directory("0750", "valkey"),
    },
    files: {
      ...Object.fromEntries(Object.entries(rspamdFiles(s)).map(([path, content]) => [path, file(content)])),
      [STORE_FILE]: file(store(s, STORE_DIRECTORY), "0640", "valkey"),
      [storeDropIn]: file(storeUnit()),
      [rspamdDropIn]: file(rspamdUnit(s.clamav)),
      [socketUnit]: file(milterSocket(s)),
    },
    prepare: [
      { argv: ["systemctl", "daemon-reload"], onChange: [rspamdDropIn, socketUnit] },
      { argv: ["sh", "-c", takeOverListeners], onChange: [socketUnit] },
    ],
    validate: [{ argv: ["rspamadm", "configtest", "--quiet"] }],
    services: {
      // The package's own instance stays off: the store is an instance of its own, without TCP.
      "valkey-server.service": { enabled: false, running: false, reloadOn: [], restartOn: [] },
      [STORE_UNIT]: running({ restart: [STORE_FILE, storeDropIn] }),
      // Before its service, which could not be without it; a restart takes the service along.
      "rspamd.socket": running({ restart: [socketUnit] }),
      // Never reloaded: a reload soon after the start made it hang until systemd's stop limit. It reads the map of
      // senders again by itself.
      "rspamd.service": running({
        restart: [
          `${RSPAMD}/local.d/`,
          `${RSPAMD}/override.d/`,
          `${RSPAMD}/lua.local.d/`,
          `${DKIM_DIRECTORY}/`,
          SENDERS_MAP,
          rspamdDropIn,
        ],
      }),
    },
    health: [
      { kind: "command", argv: ["valkey-cli", "-s", STORE_SOCKET, "ping"], timeout: 30 },
      // The first start on a fresh host compiles the patterns.
      { kind: "command", argv: ["python3", "-c", milterPing(listen)], timeout: 120 },
      { kind: "http", url: `http://127.0.0.1:${PORTS.controller}/ping`, status: 200, timeout: 120 },
    ],
  };
}

const clamdPing = () => program("filter", "clamd-ping.py", { values: { SOCKET: CLAMAV_SOCKET } }).trimEnd();

/** The scanner. */
export function clamavParts(s: FilterSettings): Parts {
  const [service, socket] = [dropInPath("clamav-daemon.service"), dropInPath("clamav-daemon.socket")];
  const dropIns = [service, socket];
  const updaterSandbox = dropInPath("clamav-freshclam.service");
  const units = ["service", "timer"].map((kind) => `/etc/systemd/system/clamav-database.${kind}`);
  const watch = `${PROGRAM_DIRECTORY}/clamav-database`;
  const signatures = Object.entries(s.clamavSignatures).map(
    ([name, content]) => [`${CLAMAV_DATABASE}/${name}`, content] as const,
  );
  const clamdFile = "/etc/clamav/clamd.conf";
  const freshclamFile = "/etc/clamav/freshclam.conf";
  return {
    directories: { "/usr/local/lib/postfleet": directory(), [PROGRAM_DIRECTORY]: directory() },
    files: {
      [clamdFile]: file(clamd(s)),
      [freshclamFile]: file(freshclam()),
      [service]: file(clamdService()),
      [socket]: file(clamdSocket()),
      [updaterSandbox]: file(freshclamSandbox()),
      "/etc/systemd/system/clamav-database.service": file(databaseService()),
      "/etc/systemd/system/clamav-database.timer": file(databaseTimer()),
      [watch]: file(databaseProgram(), "0755"),
      // A signature file begins with its first signature: ClamAV knows no comments in some of its formats.
      // The scanner's own, as the directory is: root's files stand where root alone can write.
      ...Object.fromEntries(
        signatures.map(([path, content]) => [path, { ...file(content), owner: "clamav", group: "clamav" }]),
      ),
    },
    prepare: [
      { argv: ["systemctl", "daemon-reload"], onChange: [...dropIns, ...units] },
      // Without any database the update stops here, with the old configuration still at work.
      { argv: [watch, "fetch"], onChange: [] },
    ],
    validate: [],
    services: {
      "clamav-freshclam.service": running({ restart: [freshclamFile, updaterSandbox] }),
      "clamav-daemon.socket": { enabled: true, running: true, reloadOn: [], restartOn: dropIns },
      "clamav-daemon.service": {
        enabled: true,
        running: true,
        reloadOn: signatures.map(([path]) => path),
        restartOn: [clamdFile, ...dropIns],
      },
      "clamav-database.timer": { enabled: true, running: true, reloadOn: [], restartOn: units },
    },
    // It answers only when the whole database is read.
    health: [{ kind: "command", argv: ["python3", "-c", clamdPing()], timeout: 120 }],
  };
}

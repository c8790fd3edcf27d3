/** The executable `pulumi-resource-postfleet`. */

import { ask, authoritativeServers } from "./dns/query";
import { type PowerDnsConfig, powerDnsConfigOf, zoneHandler } from "./dns/zone";
import { EngineLog } from "./engine-log";
import { HostPool } from "./host";
import { acmeAccountHandler } from "./keys/acme-account";
import { dkim, tls } from "./keys/kinds";
import { rememberedFiles, rememberedSilence } from "./keys/look";
import { RingHandler } from "./keys/ring-handler";
import { SeenHandler, seconds } from "./keys/seen";
import { sshHostKeyHandler } from "./keys/ssh-host-key";
import type { HostConnection } from "./manifest";
import { ovhApi, ovhConfigOf, ovhHandlers } from "./ovh";
import { ipHandlers } from "./ovh/ip";
import { storageHandlers } from "./ovh/storage";
import { RoleHandler } from "./role/handler";
import { serve } from "./server";
import type { Value } from "./values";

const log = new EngineLog();
log.connect(process.argv[2] ?? "");

const role = new RoleHandler();
const dns = { ask, authoritativeServers };
let pool: HostPool | undefined;

/** The world as the rings of keys see it. The pool is that of the roles: one connection a host. */
const files = rememberedFiles(
  {
    async read(...file) {
      if (!pool) throw new Error("the provider is not configured yet");
      return pool.read(...file);
    },
  },
  Date.now,
);
const world = { dns: rememberedSilence(dns, Date.now), now: Date.now, files };
let ovh = ovhApi({});
let ovhConfigured = false;
let powerdns: PowerDnsConfig = {};
const handlers = {
  "postfleet:host:Role": role,
  "postfleet:dkim:Key": new RingHandler(dkim, world),
  "postfleet:tls:Key": new RingHandler(tls, world),
  "postfleet:dns:Seen": new SeenHandler({ dns, ...seconds }),
  "postfleet:acme:Account": acmeAccountHandler,
  "postfleet:ssh:HostKey": sshHostKeyHandler,
  "postfleet:dns:Zone": zoneHandler({
    ovh: () => ovh,
    ovhConfigured: () => ovhConfigured,
    powerdns: () => powerdns,
    dns,
  }),
  ...ovhHandlers(() => ovh),
  ...ipHandlers(() => ovh),
  ...storageHandlers(() => ovh),
};

/** What the engine is told of the resources; programs get their types from components/shared. */
const schema = {
  name: "postfleet",
  version: "0.1.0",
  description: "Mail platforms as code",
  config: {},
  provider: {
    inputProperties: {
      sshPrivateKey: { type: "string", secret: true },
      hosts: { type: "string" },
      ovh: { type: "string", secret: true },
      powerdns: { type: "string", secret: true },
    },
  },
  resources: Object.fromEntries(Object.keys(handlers).map((type) => [type, {}])),
};

/** The site's hosts by name, as `PostfleetProvider` passes them: JSON in a string, as all configuration of providers. */
function hostsOf(text: Value | undefined): Record<string, HostConnection> {
  try {
    return typeof text === "string" && text !== "" ? (JSON.parse(text) as Record<string, HostConnection>) : {};
  } catch (error) {
    throw new Error(
      `the provider's configuration "hosts" is no JSON: ${(error as Error).message}\n` +
        'hint: it maps names to connections, as {"mail1": {"name": "mail1", "address": "192.0.2.1", …}}',
    );
  }
}

serve({
  version: "0.1.0",
  schema,
  log,
  handlers,
  configure: async (config) => {
    const identity = {
      privateKey: typeof config.sshPrivateKey === "string" ? config.sshPrivateKey : undefined,
      privateKeyFile: process.env.POSTFLEET_SSH_KEY_FILE,
      agentSocket: process.env.SSH_AUTH_SOCK,
    };
    ovh = ovhApi(ovhConfigOf(config.ovh));
    ovhConfigured = Boolean(config.ovh || process.env.OVH_APPLICATION_KEY);
    powerdns = powerDnsConfigOf(config.powerdns);
    pool = new HostPool(identity);
    role.configure(pool, hostsOf(config.hosts));
  },
  close: () => role.close(),
}).catch((error: unknown) => {
  process.stderr.write(`pulumi-resource-postfleet: ${String(error)}\n`);
  process.exit(1);
});

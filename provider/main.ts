/** The executable `pulumi-resource-postfleet`. */

import { EngineLog } from "./engine-log";
import { HostPool } from "./host";
import { acmeAccountHandler } from "./keys/acme-account";
import { dkimKeyHandler, tlsKeyHandler } from "./keys/keys";
import type { HostConnection } from "./manifest";
import { ovhApi, ovhConfigOf, ovhHandlers } from "./ovh";
import { RoleHandler } from "./role/handler";
import { serve } from "./server";
import type { Value } from "./values";

const log = new EngineLog();
log.connect(process.argv[2] ?? "");

const role = new RoleHandler();
let ovh = ovhApi({});
const handlers = {
  "postfleet:host:Role": role,
  "postfleet:dkim:Key": dkimKeyHandler,
  "postfleet:tls:Key": tlsKeyHandler,
  "postfleet:acme:Account": acmeAccountHandler,
  ...ovhHandlers(() => ovh),
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
    role.configure(new HostPool(identity), hostsOf(config.hosts));
  },
  close: () => role.close(),
}).catch((error: unknown) => {
  process.stderr.write(`pulumi-resource-postfleet: ${String(error)}\n`);
  process.exit(1);
});

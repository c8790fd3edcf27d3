/** The executable `pulumi-resource-postfleet`. */
import { EngineLog } from "./engine-log";
import { families, type Settings } from "./families";
import type { HostConnection } from "./manifest";
import { serve } from "./server";
import { surviveUncaught } from "./uncaught";
import type { Value } from "./values";

const log = new EngineLog();
log.connect(process.argv[2] ?? "");

surviveUncaught(process, (message) => log.reporter("").warn(message));

let settings: Settings | undefined;
const closing: (() => Promise<void>)[] = [];

/** What the engine is told of the provider; programs get the types of resources from components/resources. */
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
};

/** The site's hosts by name, as `PostfleetProvider` passes them: JSON in a string, as all configuration of providers. */
function hostsOf(text: Value | undefined): Record<string, HostConnection> {
  try {
    return typeof text === "string" && text !== "" ? (JSON.parse(text) as Record<string, HostConnection>) : {};
  } catch (error) {
    throw new Error(
      `the provider's configuration "hosts" is not JSON: ${(error as Error).message}\n` +
        'hint: it maps names to connections, as {"mail1": {"name": "mail1", "address": "192.0.2.1", …}}',
    );
  }
}

serve({
  version: "0.1.0",
  schema,
  log,
  families: families(
    () => {
      if (!settings) throw new Error("the provider is not configured yet");
      return settings;
    },
    (close) => closing.push(close),
  ),
  configure: async ({ sshPrivateKey, hosts, ovh, powerdns }) => {
    const identity = {
      privateKey: typeof sshPrivateKey === "string" ? sshPrivateKey : undefined,
      privateKeyFile: process.env.POSTFLEET_SSH_KEY_FILE,
      agentSocket: process.env.SSH_AUTH_SOCK,
    };
    settings = { identity, hosts: hostsOf(hosts), ovh, powerdns };
  },
  close: async () => {
    for (const close of closing) await close();
  },
}).catch((error: unknown) => {
  process.stderr.write(`pulumi-resource-postfleet: ${String(error)}\n`);
  process.exit(1);
});

/** What both stand-ins share: they say what they are, and speak the provider protocol through provider/server.ts. */

import { PLUGINS, type PluginName } from "../../cli/engine/versions";
import { EngineLog } from "../../provider/engine-log";
import type { ResourceHandler } from "../../provider/handler";
import { serve } from "../../provider/server";

/** Serves a stand-in until the engine ends it. */
export function serveStandIn(name: PluginName, handlers: Record<string, ResourceHandler>): void {
  const version = PLUGINS[name];
  const log = new EngineLog();
  log.connect(process.argv[2] ?? "");
  const schema = {
    name,
    version,
    description: `Stand-in of Postfleet's lab for the vendor's plugin ${name}`,
    resources: Object.fromEntries(Object.keys(handlers).map((type) => [type, {}])),
  };
  const configure = async () => {
    log.reporter("").info(`the plugin ${name} ${version} is a stand-in of Postfleet's lab, not the vendor's`);
  };
  const families = Object.fromEntries(Object.keys(handlers).map((type) => [type, () => handlers]));
  serve({ version, schema, families, log, configure, close: async () => {} }).catch((error: unknown) => {
    process.stderr.write(`stand-in ${name}: ${String(error)}\n`);
    process.exit(1);
  });
}

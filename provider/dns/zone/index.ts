/** Zones as a resource of the provider. */
import type { OvhApi } from "../../ovh/api";
import type { Polling } from "../../polling";
import { ask, authoritativeServers } from "../query";
import type { ZoneBackend } from "./backends/backend";
import { noBackend } from "./backends/none";
import { type OvhPolling, OvhZone } from "./backends/ovh";
import { PowerDns } from "./backends/powerdns";
import { keyFor } from "./backends/powerdns-key";
import type { BackendSpec, ZoneInputs } from "./contract";
import { ZoneHandler } from "./handler";
import { meantBy } from "./import";
import { ZoneError } from "./model";
import type { Sets } from "./ownership";
import type { Resolver } from "./serial";

export type { BackendSpec, RecordSetSpec, RecordSets, ZoneInputs } from "./contract";
export { ZoneHandler } from "./handler";

/** The provider's configuration `powerdns`. */
export interface PowerDnsConfig {
  /** Key of the HTTP API, secret. Default: `PDNS_API_KEY`, which belongs to `PDNS_API_URL`. */
  apiKey?: string;
  /** Address of the API that the key is for: it is sent to no other. Imports, which name no backend, go there. */
  url?: string;
  /** Its server id. Default "localhost". */
  server?: string;
}

/** What zones need of the provider; what has a default is replaced in tests. */
export interface ZoneDeps {
  /** Asked only when a zone is at OVH. */
  ovh(): OvhApi;
  /** Whether there are credentials for OVH, for imports by the bare name of a zone. */
  ovhConfigured?(): boolean;
  powerdns(): PowerDnsConfig;
  /** How name servers are found and asked. */
  dns?: Resolver;
  /** How long a change may take to be served everywhere. Default 5 minutes, asked every 2 seconds. */
  polling?: Polling;
  /** How long OVH may take for a record or a refresh. Default 1 minute, asked every 2 seconds. */
  ovhPolling?: OvhPolling;
}

/** The handler of `postfleet:dns:Zone`. */
export function zoneHandler(deps: ZoneDeps): ZoneHandler {
  return new ZoneHandler({
    dns: deps.dns ?? { ask, authoritativeServers },
    polling: deps.polling ?? { everyMs: 2000, limitMs: 300_000 },
    backend: (inputs, owned) => backendFor(deps, inputs, owned),
    importFrom: (id) => meantBy(id, usable(deps)),
  });
}

/** Whoever serves a zone. */
export function backendFor(
  deps: ZoneDeps,
  { zone, backend }: Pick<ZoneInputs, "zone" | "backend">,
  owned: Sets,
): ZoneBackend {
  switch (backend.kind) {
    case "ovh":
      return new OvhZone(deps.ovh(), zone, deps.ovhPolling ?? { everyMs: 2000, limitMs: 60_000 });
    case "powerdns":
      return new PowerDns(backend, zone, keyFor(backend.url, deps.powerdns()));
    case "none":
      return noBackend(owned);
  }
}

function usable(deps: ZoneDeps): Partial<Record<BackendSpec["kind"], BackendSpec>> {
  const { url, server } = deps.powerdns();
  return {
    ...(deps.ovhConfigured?.() ? { ovh: { kind: "ovh" } } : {}),
    ...(url ? { powerdns: { kind: "powerdns", url, ...(server ? { server } : {}) } } : {}),
  };
}

/** The provider's configuration `powerdns`: JSON in a string, as all configuration of providers. */
export function powerDnsConfigOf(text: unknown): PowerDnsConfig {
  if (typeof text !== "string" || text === "") return {};
  try {
    return JSON.parse(text) as PowerDnsConfig;
  } catch {
    // The parser's own message quotes the text, which holds the key.
    throw new ZoneError(
      'the provider\'s configuration "powerdns" is not JSON',
      'wanted is {"url": "https://ns1.example.org:8081", "apiKey": "…"}',
    );
  }
}

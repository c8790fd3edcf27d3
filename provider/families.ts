/**
 * Every kind of resource, loaded when a resource asks for it: the engine starts the provider twice a run, and a site
 * without OVH needs no part of OVH's.
 */
import { type Families, onTheWire, type WireHandler } from "./handler";
import type { HostPool, SshIdentity } from "./host";
import type { HostConnection } from "./manifest";
import type { Value } from "./values";

/** What the provider was configured with. */
export interface Settings {
  identity: SshIdentity;
  /** For imports, which name a host only. */
  hosts: Record<string, HostConnection>;
  /** Configuration of OVH's API and of PowerDNS': JSON in strings. */
  ovh: Value | undefined;
  powerdns: Value | undefined;
}

/** Makes a thing at the first call, and gives the same one ever after. */
function once<T>(make: () => T): () => T {
  let made: { thing: T } | undefined;
  return () => {
    made ??= { thing: make() };
    return made.thing;
  };
}

/** All kinds. `settings` is called when one of them is loaded; `closing` is told what there is to close. */
export function families(settings: () => Settings, closing: (close: () => Promise<void>) => void): Families {
  // One connection a host, whoever asks it.
  const pool = once((): HostPool => {
    const { HostPool } = require("./host") as typeof import("./host");
    const made = new HostPool(settings().identity);
    closing(() => made.close());
    return made;
  });
  const dns = once(() => {
    const { ask, authoritativeServers } = require("./dns/query") as typeof import("./dns/query");
    return { ask, authoritativeServers };
  });
  const api = once(() => {
    const { ovhApi, ovhConfigOf } = require("./ovh") as typeof import("./ovh");
    const made = ovhApi(ovhConfigOf(settings().ovh));
    return () => made;
  });
  const rings = once(() => {
    const { rememberedFiles, rememberedSilence } = require("./keys/look") as typeof import("./keys/look");
    const { RingHandler } = require("./keys/ring-handler") as typeof import("./keys/ring-handler");
    const { dkim, tls } = require("./keys/kinds") as typeof import("./keys/kinds");
    const files = rememberedFiles({ read: async (...file) => pool().read(...file) }, Date.now);
    const world = { dns: rememberedSilence(dns(), Date.now), now: Date.now, files };
    return { dkim: new RingHandler(dkim, world), tls: new RingHandler(tls, world) };
  });

  const kinds: Record<string, () => WireHandler> = {
    "postfleet:host:Role": () => {
      const { RoleHandler } = require("./role/handler") as typeof import("./role/handler");
      return onTheWire(new RoleHandler(pool(), settings().hosts));
    },
    "postfleet:dkim:Key": () => onTheWire(rings().dkim),
    "postfleet:tls:Key": () => onTheWire(rings().tls),
    "postfleet:acme:Account": () =>
      onTheWire((require("./keys/acme-account") as typeof import("./keys/acme-account")).acmeAccountHandler),
    "postfleet:ssh:HostKey": () =>
      onTheWire((require("./keys/ssh-host-key") as typeof import("./keys/ssh-host-key")).sshHostKeyHandler),
    "postfleet:wireguard:Key": () =>
      onTheWire((require("./keys/wireguard-key") as typeof import("./keys/wireguard-key")).wireguardKeyHandler),
    "postfleet:dns:Seen": () => {
      const { SeenHandler, seconds } = require("./keys/seen") as typeof import("./keys/seen");
      return onTheWire(new SeenHandler({ dns: dns(), ...seconds }));
    },
    "postfleet:dns:Zone": () => {
      const { powerDnsConfigOf, zoneHandler } = require("./dns/zone") as typeof import("./dns/zone");
      const powerdns = powerDnsConfigOf(settings().powerdns);
      const ovhConfigured = () => Boolean(settings().ovh || process.env.OVH_APPLICATION_KEY);
      return onTheWire(zoneHandler({ ovh: api(), ovhConfigured, powerdns: () => powerdns, dns: dns() }));
    },
  };
  const single = Object.entries(kinds).map(([type, load]) => [type, once(() => ({ [type]: load() }))] as const);
  return {
    ...Object.fromEntries(single),
    "postfleet:ovh": once(() => (require("./ovh") as typeof import("./ovh")).ovhHandlers(api())),
  };
}

/** net1, the lab's Internet: DNS root and registries, a validating resolver, an ACME server. */
import type { LabFiles } from "../identity";
import { importKeys, knotConfig, zoneKeyPath, zonePath } from "./knot";
import { pebbleConfig, pebbleUnit } from "./pebble";
import { registryFiles } from "./registry";
import { resolverConfig } from "./unbound";
import { type ForeignRecords, zoneFile, zones } from "./zones";

/** What net1 is made with. */
export interface NetArgs {
  foreign: ForeignRecords;
  /** Private key of a zone, PEM. */
  zoneKey: (zone: string) => string;
  /** Certificate and key of pebble's directory. */
  acme: { certificate: string; key: string };
}

/** Units come back after a crash within a moment, as often as it happens. */
const RESTART = "[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=200ms\n";

/** Files of net1. */
export function netFiles(args: NetArgs): LabFiles {
  const all = zones(args.foreign, args.zoneKey);
  const files: LabFiles = {
    "/etc/knot/knot.conf": { content: knotConfig(all) },
    "/etc/unbound/unbound.conf.d/resolver.conf": { content: resolverConfig() },
    "/etc/pebble/config.json": { content: pebbleConfig() },
    "/etc/pebble/cert.pem": { content: args.acme.certificate },
    "/etc/pebble/key.pem": { content: args.acme.key, mode: 0o600 },
    "/etc/systemd/system/pebble.service": { content: pebbleUnit() },
    ...registryFiles("lab-registry", "DS records from CDS"),
    "/etc/systemd/system/knot.service.d/lab.conf": { content: RESTART },
    // The resolver waits for the root, or it would remember that there is none.
    "/etc/systemd/system/unbound.service.d/lab.conf": {
      content: RESTART.replace("[Unit]\n", "[Unit]\nAfter=knot.service\n"),
    },
  };
  for (const zone of all) {
    files[zonePath(zone.name)] = { content: zoneFile(zone) };
    files[zoneKeyPath(zone.name)] = { content: args.zoneKey(zone.name), mode: 0o600 };
  }
  return files;
}

/** Shell lines run once in a new net1 before it boots. */
export const netSetup = (args: NetArgs): string =>
  `${importKeys(zones(args.foreign, args.zoneKey))}systemctl --quiet enable knot unbound pebble lab-registry.timer\n`;

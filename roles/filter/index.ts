/**
 * Role `filter`: rspamd, its store (valkey), and ClamAV where wanted.
 *
 * One filter for both directions. Inbound: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 9989), ARC (RFC 8617), spam,
 * viruses. Outbound: DKIM signatures, the rate limit of an account, and a From header that belongs to it.
 */
import * as pulumi from "@pulumi/pulumi";
import { type OpenedMap, openedMap } from "../../components/resources/inputs";
import { manifestOf, type RoleArgs, RoleComponent } from "../../components/resources/role-component";
import { type Manifest, manifest } from "../../provider/manifest";
import { secretFile } from "../shared/entries";
import { type FilterArgs, filterSettings } from "./args";
import { clamavParts, filterParts, rspamdKey } from "./parts";

export { DKIM_SIGNING, type DkimSigner, dkimKeyPath, dkimSelector, type FilterArgs } from "./args";

/** Everything the role wants of its host, but for the DKIM keys, which are secret. */
export function filterManifest(args: FilterArgs): Manifest {
  const s = filterSettings(args);
  const base = filterParts(s);
  if (!s.clamav) return manifest("filter", base);
  const scanner = clamavParts(s);
  return manifest("filter", {
    ...base,
    packages: { ...base.packages, ...scanner.packages },
    directories: { ...base.directories, ...scanner.directories },
    files: { ...base.files, ...scanner.files },
    // The filter last: it may be restarted there, which nothing that fails afterwards would undo.
    prepare: [...scanner.prepare, ...base.prepare],
    validate: [...base.validate, ...scanner.validate],
    // The scanner first: the filter asks it about the first message.
    services: { ...scanner.services, ...base.services },
    health: [...base.health, ...scanner.health],
    keep: [...base.keep, ...scanner.keep],
  });
}

/** Secrets of the role. */
export interface FilterSecrets {
  /**
   * Private DKIM keys in PEM (PKCS #8), by {@link dkimKeyPath}: one for each of `dkim`, some shared, and those before
   * them, which sign until rspamd is restarted.
   */
  dkimKeys: OpenedMap<pulumi.Input<string>>;
}

/** The filter on one host. */
export class Filter extends RoleComponent {
  constructor(
    name: string,
    { host, dkimKeys, ...args }: RoleArgs<FilterArgs> & FilterSecrets,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    // rspamd reads them, nobody else.
    const secretFiles = openedMap(dkimKeys, (pem) => secretFile(pulumi.output(pem).apply(rspamdKey), "_rspamd"));
    super("postfleet:mail:Filter", name, { host, manifest: manifestOf(filterManifest, args), secretFiles }, opts);
  }
}

/** The public halves of a site's keys from the state of its stack, as `pulumi stack export` prints it: nothing is decrypted. */
import type { DnsFacts } from "../../components/dns/records";
import type { SiteSpec } from "../../site";

/** A resource of the state. */
interface StateResource {
  type: string;
  name: string;
  outputs: Record<string, unknown>;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function resourcesOf(exported: unknown): StateResource[] {
  const deployment = isObject(exported) ? exported.deployment : undefined;
  const resources = isObject(deployment) && Array.isArray(deployment.resources) ? deployment.resources : [];
  return resources.filter(isObject).flatMap(({ urn, type, outputs }) =>
    // A resource that is to be deleted after its replacement says nothing any more.
    typeof urn === "string" && typeof type === "string" && isObject(outputs)
      ? [{ type, name: urn.split("::").at(-1) ?? "", outputs }]
      : [],
  );
}

/** The keys of a ring (see `provider/keys/ring.ts`), all of which are published; a revoked one is published as void. */
function ringOf(outputs: Record<string, unknown>): { selector: string; publicKey: string }[] {
  const keys = Array.isArray(outputs.keys) ? outputs.keys.filter(isObject) : [];
  return keys.flatMap(({ selector, publicKey, phase }) =>
    typeof selector === "string" && typeof publicKey === "string"
      ? [{ selector, publicKey: phase === "revoked" ? "" : publicKey }]
      : [],
  );
}

/** The facts, or undefined where the state has no keys: nothing was deployed yet. */
export function factsFromState(exported: unknown, site: SiteSpec): DnsFacts | undefined {
  const resources = resourcesOf(exported);
  const named = (type: string, name: string) =>
    resources.find((resource) => resource.type === type && resource.name === name)?.outputs ?? {};
  const dkim = site.domains.flatMap(({ name: domain }) =>
    (["rsa", "ed25519"] as const).flatMap((algorithm) =>
      ringOf(named("postfleet:dkim:Key", `dkim-${domain}-${algorithm}`)).map((key) => ({ domain, algorithm, ...key })),
    ),
  );
  const tlsa = site.hosts
    .filter(({ lost }) => !lost)
    .map((host) => {
      const keys = ringOf(named("postfleet:tls:Key", `tls-${host.name}`));
      return [host.hostname, keys.map(({ publicKey }) => publicKey)] as const;
    })
    .filter(([, keys]) => keys.length > 0);
  const { accountUri } = named("postfleet:acme:Account", "acme");
  if (dkim.length === 0 && tlsa.length === 0) return undefined;
  return {
    dkim,
    tlsa: Object.fromEntries(tlsa),
    ...(typeof accountUri === "string" ? { acmeAccountUri: accountUri } : {}),
  };
}

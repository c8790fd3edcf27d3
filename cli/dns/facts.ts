/** The public halves of a site's keys from the state of its stack, as `pulumi stack export` prints it: nothing is decrypted. */
import type { DnsFacts } from "../../plan/dns/records";
import type { SiteSpec } from "../../site";

/** A resource of the state. */
interface StateResource {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function resourcesOf(exported: unknown): StateResource[] {
  const deployment = isObject(exported) ? exported.deployment : undefined;
  const resources = isObject(deployment) && Array.isArray(deployment.resources) ? deployment.resources : [];
  return resources
    .filter(isObject)
    .flatMap(({ urn, type, inputs, outputs }) =>
      typeof urn === "string" && typeof type === "string" && isObject(outputs)
        ? [{ type, name: urn.split("::").at(-1) ?? "", inputs: isObject(inputs) ? inputs : {}, outputs }]
        : [],
    );
}

/** The keys of a ring (see `provider/keys/contract.ts`), all of which are published; a revoked one is published as void. */
function ringOf(outputs: Record<string, unknown>): { selector: string; publicKey: string }[] {
  const keys = Array.isArray(outputs.keys) ? outputs.keys.filter(isObject) : [];
  return keys.flatMap(({ selector, publicKey, phase }) =>
    typeof selector === "string" && typeof publicKey === "string"
      ? [{ selector, publicKey: phase === "revoked" ? "" : publicKey }]
      : [],
  );
}

/** The domains that a ring signs for: one, or all of the site. */
function domainsOf(inputs: Record<string, unknown>): string[] {
  const places = Array.isArray(inputs.published) ? inputs.published.filter(isObject) : [];
  return places.flatMap(({ name }) => (typeof name === "string" ? [name] : []));
}

/** The facts, or undefined where the state has no keys: nothing was deployed yet. */
export function factsFromState(exported: unknown, site: SiteSpec): DnsFacts | undefined {
  const resources = resourcesOf(exported);
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const dkim = ofType("postfleet:dkim:Key").flatMap(({ inputs, outputs }) =>
    domainsOf(inputs).flatMap((domain) =>
      ringOf(outputs).map((key) => ({
        domain,
        algorithm: inputs.algorithm === "ed25519" ? ("ed25519" as const) : ("rsa" as const),
        ...key,
      })),
    ),
  );
  const rings = new Map(ofType("postfleet:tls:Key").map(({ name, outputs }) => [name, ringOf(outputs)]));
  const tlsa = site.hosts
    .filter(({ lost }) => !lost)
    .map((host) => [host.hostname, (rings.get(`tls-${host.name}`) ?? []).map(({ publicKey }) => publicKey)] as const)
    .filter(([, keys]) => keys.length > 0);
  const accountUri = ofType("postfleet:acme:Account")[0]?.outputs.accountUri;
  if (dkim.length === 0 && tlsa.length === 0) return undefined;
  return {
    dkim,
    tlsa: Object.fromEntries(tlsa),
    ...(typeof accountUri === "string" ? { acmeAccountUri: accountUri } : {}),
  };
}

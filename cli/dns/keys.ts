/** The public halves of a site's keys from the state of its stack, as `pulumi stack export` prints it: nothing is decrypted. */
import type { Plan } from "../../plan";
import { ACME_ACCOUNT, type KeyFact, type KeyFacts } from "../../roles/shared/records";

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
  return resources
    .filter(isObject)
    .flatMap(({ urn, type, outputs }) =>
      typeof urn === "string" && typeof type === "string" && isObject(outputs)
        ? [{ type, name: urn.split("::").at(-1) ?? "", outputs }]
        : [],
    );
}

/** The keys of a ring (see `provider/keys/contract.ts`), all of which are published; a revoked one is published as void. */
function keysOf(outputs: Record<string, unknown>): KeyFact[] {
  const keys = Array.isArray(outputs.keys) ? outputs.keys.filter(isObject) : [];
  return keys.flatMap(({ selector, publicKey, phase }) =>
    typeof selector === "string" && typeof publicKey === "string"
      ? [{ selector, publicKey: phase === "revoked" ? "" : publicKey }]
      : [],
  );
}

/** The facts, or undefined where the state has no keys: nothing was deployed yet. */
export function keysFromState(exported: unknown, { rings }: Plan): KeyFacts | undefined {
  const resources = resourcesOf(exported);
  const found = rings.flatMap(({ id, kind }): [string, KeyFact[]][] => {
    const ring = resources.find(({ type, name }) => type === `postfleet:${kind}:Key` && name === id);
    const keys = ring ? keysOf(ring.outputs) : [];
    return keys.length > 0 ? [[id, keys]] : [];
  });
  if (found.length === 0) return undefined;
  const accountUri = resources.find(({ type }) => type === "postfleet:acme:Account")?.outputs.accountUri;
  const account: [string, KeyFact[]][] = typeof accountUri === "string" ? [[ACME_ACCOUNT, [{ accountUri }]]] : [];
  return Object.fromEntries([...found, ...account]);
}

/** What the credentials may do with a zone, known before anything is written: a zone that cannot be refreshed stays half changed. */
import { type OvhApi, OvhError } from "../../../ovh/api";
import { ZoneError } from "../model";

interface Rule {
  method: string;
  path: string;
}

/** Calls of a change, with a path as OVH's rules mean it. */
const calls = (zone: string, dnssec: boolean): Rule[] => [
  { method: "GET", path: `/domain/zone/${zone}/export` },
  { method: "GET", path: `/domain/zone/${zone}/record` },
  { method: "GET", path: `/domain/zone/${zone}/record/*` },
  { method: "POST", path: `/domain/zone/${zone}/record` },
  { method: "PUT", path: `/domain/zone/${zone}/record/*` },
  { method: "DELETE", path: `/domain/zone/${zone}/record/*` },
  { method: "POST", path: `/domain/zone/${zone}/refresh` },
  { method: "GET", path: `/domain/zone/${zone}/soa` },
  { method: "GET", path: `/domain/zone/${zone}` },
  ...(dnssec ? ["GET", "POST"].map((method) => ({ method, path: `/domain/zone/${zone}/dnssec` })) : []),
];

/** `*` in a rule stands for anything, slashes included; "/x/*" does not cover "/x". */
export function grants(rules: readonly Rule[], { method, path }: Rule): boolean {
  return rules.some((rule) => {
    const pattern = rule.path.split("*").map((part) => part.replace(/[.?+^$()[\]{}|\\]/g, "\\$&"));
    return (rule.method === "*" || rule.method === method) && new RegExp(`^${pattern.join(".*")}$`).test(path);
  });
}

/** The rules of each client's credentials: asked once a run, however many zones there are. */
const known = new WeakMap<OvhApi, Promise<Rule[] | undefined>>();

/** The rules of the credentials in use; undefined where OVH does not tell (they come from IAM, say). */
async function rulesOf(api: OvhApi): Promise<Rule[] | undefined> {
  try {
    const { rules } = await api.get<{ rules?: Rule[] | null }>("/auth/currentCredential");
    return Array.isArray(rules) ? rules : undefined;
  } catch (error) {
    if (error instanceof OvhError && error.status >= 400 && error.status < 500) return undefined;
    throw error;
  }
}

/** Throws one error with all rules that the credentials lack for changing the zone, and its DNSSEC where that is wanted. */
export async function refuseMissingRights(api: OvhApi, zone: string, dnssec: boolean): Promise<void> {
  let rules = known.get(api);
  if (!rules) {
    rules = rulesOf(api);
    known.set(api, rules);
    rules.catch(() => known.delete(api));
  }
  const granted = await rules;
  const lacking = granted ? calls(zone, dnssec).filter((call) => !grants(granted, call)) : [];
  if (lacking.length === 0) return;
  throw new ZoneError(
    `the OVH credentials may not change the zone ${zone}, so nothing was written; these access rules are missing:\n` +
      lacking.map(({ method, path }) => `  ${method} ${path}`).join("\n"),
    "make a consumer key with the access rules of docs/ovh.md and put it into the stack's secret postfleet:ovh",
  );
}

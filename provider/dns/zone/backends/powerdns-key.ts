/** PowerDNS' API key goes to the server that it was given for, whatever a site file says. */
import { ZoneError } from "../model";

/** A key and the address of its API; both come from the stack's secret, or both from the environment. */
interface Pair {
  apiKey?: string;
  url?: string;
}

const HINT =
  "the key and its address belong together in the stack's secret: `pulumi config set --path --secret postfleet:powerdns.url https://ns1.example.org:8081`, and postfleet:powerdns.apiKey; in the environment PDNS_API_URL stands beside PDNS_API_KEY";

const originOf = (url: string | undefined) => (url && URL.canParse(url) ? new URL(url).origin : undefined);

/**
 * The key for a server; undefined where there is none at all. Throws when the key is for another server, or does not say for
 * which: whoever may propose a change of a site file must not learn the key by its preview.
 */
export function keyFor(url: string, config: Pair, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const pair = config.apiKey ? config : { apiKey: env.PDNS_API_KEY, url: config.url || env.PDNS_API_URL };
  if (!pair.apiKey) return undefined;
  const origin = originOf(pair.url);
  if (origin === undefined || origin === "null")
    throw new ZoneError(
      `the API key of PowerDNS does not say for which server it is, so it is not sent to ${url}`,
      HINT,
    );
  if (origin !== originOf(url))
    throw new ZoneError(`the API key of PowerDNS is for ${origin}, and is not sent to ${url}`, HINT);
  return pair.apiKey;
}

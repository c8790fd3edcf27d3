/** What DNS promises and other servers must keep: the MTA-STS policy (RFC 8461), and the key of each MX (RFC 7672). */

import type { DnsRecord } from "../../roles/shared/records";
import { mtaStsPolicy } from "../../roles/webmail/mta-sts";
import type { SiteSpec } from "../../site";
import type { Finding } from "./finding";
import type { Resolving, WebAnswer, World } from "./world";

const PATH = "/.well-known/mta-sts.txt";

const words = (error: unknown) => (error instanceof Error ? error.message : String(error));
/** Line ends do not matter to readers of the policy, RFC 8461 §3.2. */
const lines = (text: string) => text.split(/\r?\n/).filter((line) => line.trim() !== "");

/** The finding on one domain's policy. Pure; an error is what the attempt to get it ended with. */
export function judgePolicy(domain: string, zone: string, wanted: string, got: WebAnswer | Error): Finding {
  const url = `https://mta-sts.${domain}${PATH}`;
  const finding = (verdict: Finding["verdict"], note: string | undefined, todo?: string): Finding => ({
    kind: "mta-sts",
    zone,
    subject: `${domain} MTA-STS`,
    verdict,
    level: "recommended",
    why: "senders that saw the record ask for the policy; without it they do not insist on TLS",
    rfc: "RFC 8461",
    wanted: lines(wanted),
    found:
      got instanceof Error
        ? [{ server: url, problem: got.message }]
        : [{ server: url, values: lines(got.text).slice(0, 20) }],
    notes: note === undefined ? [] : [note],
    ...(todo === undefined ? {} : { todo }),
  });
  if (got instanceof Error)
    return finding(
      "failing",
      undefined,
      "does the name resolve, is the web server up, and is its certificate one for that name?",
    );
  if (got.status === 404)
    return finding("missing", `it answered ${got.status}`, "postfleet deploy puts the policy onto the web hosts");
  if (got.status !== 200)
    return finding(
      "failing",
      `it answered ${got.status}; redirects are not followed, RFC 8461 §3.3`,
      `serve the policy itself at ${url}`,
    );
  if (!/^text\/plain\b/i.test(got.contentType))
    return finding("failing", `its type is ${got.contentType || "not given"}`, "serve it as text/plain");
  if (lines(got.text).join("\n") !== lines(wanted).join("\n"))
    return finding(
      "different",
      undefined,
      "postfleet deploy puts the policy onto the web hosts; change the id in DNS with it",
    );
  return finding("ok", undefined);
}

/** Gets the policy of a domain as senders do. */
export async function checkPolicy(
  site: SiteSpec,
  record: DnsRecord,
  world: World,
  resolving: Resolving,
): Promise<Finding> {
  const domain = record.name.replace(/^_mta-sts\./, "");
  const host = `mta-sts.${domain}`;
  let got: WebAnswer | Error;
  try {
    const [address] = await resolving.addresses(host);
    if (address === undefined) throw new Error(`${host} has no address`);
    got = await world.get(host, address, PATH);
  } catch (error) {
    got = new Error(words(error));
  }
  return judgePolicy(domain, record.zone ?? "", mtaStsPolicy(site), got);
}

/** The finding on one address of an MX. Pure. */
export function judgeKey(record: DnsRecord, address: string, key: string | Error): Finding {
  const host = record.name.replace(/^_25\._tcp\./, "");
  const pinned = record.values.map((value) => value.split(/\s+/).slice(3).join("").toLowerCase());
  const verdict = key instanceof Error ? "unknown" : pinned.includes(key) ? "ok" : "failing";
  const todo = {
    ok: undefined,
    unknown: "many networks block port 25: run this where mail may be sent from",
    failing:
      "senders with DANE refuse this server: publish its key before it is used (postfleet deploy), or give it back the former one",
  }[verdict];
  return {
    kind: "tls",
    zone: record.zone ?? "",
    subject: `${host} (${address}) port 25`,
    verdict,
    // Nobody must pin keys, but a pin that does not fit loses the mail of every sender that checks.
    level: verdict === "failing" ? "required" : "recommended",
    why: "senders with DANE deliver only to the keys in TLSA",
    rfc: "RFC 7672",
    wanted: record.values,
    found: [
      { server: `${host}:25`, ...(key instanceof Error ? { problem: key.message } : { values: [`3 1 1 ${key}`] }) },
    ],
    notes: [],
    ...(todo === undefined ? {} : { todo }),
  };
}

/** Asks each address of an MX for its key. */
export async function checkKeys(record: DnsRecord, world: World, addresses: string[]): Promise<Finding[]> {
  const host = record.name.replace(/^_25\._tcp\./, "");
  return Promise.all(
    addresses.map(async (address) => {
      const key = await world.smtpKey(host, address).catch((error: unknown) => new Error(words(error)));
      return judgeKey(record, address, key);
    }),
  );
}

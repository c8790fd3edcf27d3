/** DNSSEC of a zone: keys in the zone, their digests at the parent, and whether a validating resolver believes it. RFC 4035. */
import { createHash } from "node:crypto";
import { DnsError } from "../../provider/dns/query";
import type { Finding, Observation } from "./finding";
import { Resolving, type World } from "./world";

const DIGESTS: Record<number, string> = { 1: "sha1", 2: "sha256", 4: "sha384" };

/** RFC 4034, appendix B. */
function keyTag(rdata: Buffer): number {
  const total = rdata.reduce((sum, byte, index) => sum + (index % 2 === 0 ? byte << 8 : byte), 0);
  return (total + (total >> 16)) & 0xffff;
}

/** The DS record of a DNSKEY, both as in a zone file, RFC 4034 §5.1.4. Undefined for a digest that nobody uses. */
export function dsOf(zone: string, dnskey: string, digestType: number): string | undefined {
  const hash = DIGESTS[digestType];
  if (hash === undefined) return undefined;
  const [flags, protocol, algorithm, ...key] = dnskey.split(/\s+/);
  const head = Buffer.from([Number(flags) >> 8, Number(flags) & 255, Number(protocol), Number(algorithm)]);
  const rdata = Buffer.concat([head, Buffer.from(key.join(""), "base64")]);
  const labels = zone
    .toLowerCase()
    .split(".")
    .map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  const digest = createHash(hash)
    .update(Buffer.concat([...labels, Buffer.from([0]), rdata]))
    .digest("hex");
  return `${keyTag(rdata)} ${algorithm} ${digestType} ${digest.toUpperCase()}`;
}

/** What was heard of a zone. */
export interface DnssecHeard {
  /** DNSKEY of the zone, from its own name servers; undefined when none answered. */
  keys?: string[];
  /** DS at the parent, as resolvers tell; undefined when none answered. */
  ds?: string[];
  /** Each resolver: it answered and vouches for it (AD), it answered, it failed (SERVFAIL), it said nothing. */
  resolvers: { server: string; said: "validated" | "answered" | "failed" | "silent" }[];
}

const squeezed = (ds: string) => {
  const [tag, algorithm, type, ...digest] = ds.split(/\s+/);
  return `${tag} ${algorithm} ${type} ${digest.join("").toUpperCase()}`;
};

/** Verdict and advice. `wanted`: the site file asks for signed zones. */
function verdictOf(
  zone: string,
  wanted: boolean,
  heard: DnssecHeard,
): Pick<Finding, "verdict" | "level" | "todo" | "notes"> {
  const { keys, ds, resolvers } = heard;
  const level = "recommended" as const;
  if (keys === undefined || ds === undefined)
    return { verdict: "unknown", level, notes: [], todo: "neither name servers nor resolvers tell: ask again later" };
  // Entry points alone have a DS at the parent; keys that only sign records (256) need none.
  const digests = keys
    .filter((key) => /^257 /.test(key))
    .map((key) => dsOf(zone, key, 2))
    .join("\n");
  const matching = ds.filter((each) =>
    keys.some((key) => dsOf(zone, key, Number(each.split(/\s+/)[2])) === squeezed(each)),
  );
  if (ds.length > 0 && matching.length === 0)
    return {
      verdict: "failing",
      // Whoever validates gets no answer at all, mail included.
      level: "required",
      notes: ["the parent promises a key that the zone does not have: whoever validates cannot resolve any name in it"],
      todo:
        keys.length > 0
          ? `at the registrar replace the DS record by:\n${digests}`
          : "remove the DS record at the registrar, or sign the zone again",
    };
  if (resolvers.some(({ said }) => said === "failed"))
    return {
      verdict: "failing",
      level: "required",
      notes: ["resolvers fail on the zone"],
      todo: "are the signatures expired, and do all name servers serve the same signed zone?",
    };
  if (!wanted && ds.length === 0) return { verdict: "ok", level, notes: ["not signed, as the site file says"] };
  if (keys.length === 0)
    return {
      verdict: "missing",
      level,
      notes: ["the zone is not signed"],
      todo: "sign it where it is served, then give the DS record to the registrar",
    };
  if (ds.length === 0)
    return {
      verdict: "missing",
      level,
      notes: ["signed, but the parent does not say so"],
      todo: `give the registrar this DS record:\n${digests}`,
    };
  if (!resolvers.some(({ said }) => said === "validated"))
    return {
      verdict: "unknown",
      level,
      notes: ["DS and DNSKEY agree; none of the resolvers validates"],
      todo: "ask a resolver that validates (--resolver)",
    };
  const stale = ds.length - matching.length;
  const notes = stale > 0 ? [`${stale} of ${ds.length} DS records lead to no key, as they do while a key changes`] : [];
  return { verdict: "ok", level, notes };
}

/** The finding on one zone. Pure. */
export function judgeDnssec(zone: string, wanted: boolean, heard: DnssecHeard): Finding {
  const found: Observation[] = [
    { server: "the parent", ...(heard.ds ? { values: heard.ds.map((ds) => `DS ${ds}`) } : { problem: "no answer" }) },
    {
      server: "the zone",
      ...(heard.keys ? { values: heard.keys.map((key) => `DNSKEY ${key}`) } : { problem: "no answer" }),
    },
    ...heard.resolvers.map(({ server, said }) => ({ server, values: [said] })),
  ];
  return {
    kind: "dnssec",
    zone,
    subject: `${zone} DNSSEC`,
    why: "answers cannot be forged, and senders may believe TLSA",
    rfc: "RFC 4035",
    wanted: [wanted ? "signed" : "not signed"],
    found,
    ...verdictOf(zone, wanted, heard),
  };
}

const unlessSilent = (error: unknown): undefined => {
  if (!(error instanceof DnsError)) throw error;
};

/** Asks for what {@link judgeDnssec} wants to know. */
export async function checkDnssec(zone: string, wanted: boolean, servers: string[], world: World): Promise<Finding> {
  const resolving = new Resolving(world);
  const keys = servers.map((server) => world.ask(server, zone, "DNSKEY").catch(unlessSilent));
  const answered = (await Promise.all(keys)).filter((answer) => answer?.authoritative);
  const resolvers = world.resolvers.map(async (server) => {
    const answer = await world.ask(server, zone, "SOA").catch(unlessSilent);
    if (answer === undefined) return { server, said: "silent" as const };
    if (answer.status === "SERVFAIL") return { server, said: "failed" as const };
    if (answer.status !== "NOERROR") return { server, said: "silent" as const };
    return { server, said: answer.authenticated ? ("validated" as const) : ("answered" as const) };
  });
  const dnskeys = answered.flatMap((answer) => answer?.records ?? []).filter(({ type }) => type === "DNSKEY");
  return judgeDnssec(zone, wanted, {
    ...(answered.length > 0 ? { keys: [...new Set(dnskeys.map(({ data }) => data))].sort() } : {}),
    ds: await resolving.values(zone, "DS").catch(unlessSilent),
    resolvers: await Promise.all(resolvers),
  });
}

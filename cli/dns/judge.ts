/** The verdict on one record set: what is wanted against what each server said. Nothing is asked here. */

import type { DnsAnswer, EachAnswer } from "../../provider/dns/query";
import type { DnsRecord } from "../../roles/shared/records";
import type { Finding, Observation, Verdict } from "./finding";
import { concerns, isWanted } from "./wanted";

/** What servers said about one record set. */
export interface Heard {
  /** Answers of the name servers that the zone is delegated to; empty for names in zones of others. */
  authoritative: EachAnswer[];
  /** Answers of resolvers. */
  resolvers: EachAnswer[];
}

/** How one server stands to what is wanted; `lame`: it is a name server of the zone and does not serve it. */
type Standing = "ok" | "missing" | "different" | "extra" | "alias" | "lame" | "servfail" | "silent";

type Wanted = Pick<DnsRecord, "zone" | "name" | "type" | "values">;

/** The values of our concern that an answer holds; an alias counts as a value. */
function valuesOf(wanted: Wanted, answer: DnsAnswer): string[] {
  const alias = answer.records.filter(
    ({ type, name }) => type === "CNAME" && wanted.type !== "CNAME" && name === wanted.name,
  );
  const own = answer.records.filter(({ type, data }) => type === wanted.type && concerns(wanted, data));
  return [...alias.map(({ data }) => `CNAME ${data}`), ...own.map(({ data }) => data)];
}

function standing(wanted: Wanted, heard: EachAnswer, authoritative: boolean): Standing {
  if ("error" in heard) return "silent";
  const { answer } = heard;
  const answered = answer.status === "NOERROR" || answer.status === "NXDOMAIN";
  // Of a delegation the zone's servers say who serves it, and not that they do themselves.
  const delegation = wanted.type === "NS" && wanted.name !== wanted.zone;
  if (authoritative && (!answered || (!answer.authoritative && !delegation))) return "lame";
  if (answer.status === "SERVFAIL") return "servfail";
  if (!answered) return "silent";
  const values = valuesOf(wanted, answer);
  if (values.length === 0) return "missing";
  if (values.some((value) => value.startsWith("CNAME "))) return "alias";
  const complete = wanted.values.every((want) => values.some((value) => isWanted(wanted, want, value)));
  const foreign = values.filter((value) => !wanted.values.some((want) => isWanted(wanted, want, value)));
  if (!complete) return "different";
  return foreign.length > 0 ? "extra" : "ok";
}

function observation(wanted: Wanted, heard: EachAnswer): Observation {
  if ("error" in heard) return { server: heard.server, problem: heard.error.failure };
  const { status } = heard.answer;
  const values = valuesOf(wanted, heard.answer).sort();
  return { server: heard.server, values, ...(status === "NOERROR" ? {} : { problem: status }) };
}

const VERDICTS: Record<Standing, Verdict> = {
  ok: "ok",
  missing: "missing",
  different: "different",
  extra: "extra",
  alias: "different",
  lame: "failing",
  servfail: "failing",
  silent: "unknown",
};

function advice(wanted: Wanted, ttl: number, standings: { authoritative: Standing[]; resolvers: Standing[] }): string {
  const { authoritative, resolvers } = standings;
  const all = [...authoritative, ...resolvers];
  const list = wanted.values.map((value) => `${wanted.name}. ${ttl} IN ${wanted.type} ${value}`).join("\n");
  if (authoritative.length === 0) return `ask whoever runs that zone to publish:\n${list}`;
  if (authoritative.includes("lame"))
    return "a name server that the zone is delegated to does not serve it: mend its zone, or take it out of the delegation";
  if (authoritative.every((each) => each === "ok")) {
    if (resolvers.includes("servfail"))
      return "resolvers refuse what the name servers say, mostly for a broken DNSSEC chain: see the finding on DNSSEC";
    return `resolvers still hold the former answer; it fades within its time to live (wanted: ${ttl} s), then ask again`;
  }
  if (authoritative.includes("ok"))
    return "name servers disagree: is the zone transfer or replication of those without it running?";
  if (all.includes("alias")) return `remove the CNAME at ${wanted.name}, then publish:\n${list}`;
  if (authoritative.every((each) => each === "silent")) return "no name server of the zone answered: are they up?";
  if (authoritative.includes("extra") && !authoritative.includes("different"))
    return "remove what is not wanted, or declare it in the site file";
  return `publish (postfleet deploy does it where the site serves its zone):\n${list}`;
}

/** One verdict for all servers of a kind. Servers that said nothing do not count where others did, if `forgiving`. */
function together(standings: Standing[], forgiving: boolean): Verdict {
  const spoke = standings.filter((each) => each !== "silent");
  if (spoke.length === 0) return standings.length === 0 ? "ok" : "unknown";
  const verdicts = [...new Set(spoke.map((each) => VERDICTS[each]))];
  const silence = spoke.length < standings.length && !forgiving;
  if (verdicts.includes("ok")) return verdicts.length > 1 ? "partial" : silence ? "unknown" : "ok";
  const order: Verdict[] = ["different", "failing", "extra", "missing"];
  return order.find((each) => verdicts.includes(each)) ?? "unknown";
}

/** A server on an address family that this machine does not have says nothing about the server. */
const reachable = (heard: EachAnswer) => !("error" in heard && heard.error.failure === "unreachable");

/** The finding on one record set. */
export function judge(record: DnsRecord, heard: Heard): Finding {
  const asked = heard.authoritative.some(reachable) ? heard.authoritative.filter(reachable) : heard.authoritative;
  const authoritative = asked.map((each) => standing(record, each, true));
  const resolvers = heard.resolvers.map((each) => standing(record, each, false));
  const atHome = together(authoritative, false);
  const abroad = together(resolvers, true);
  let verdict = authoritative.length === 0 ? abroad : atHome;
  if (verdict === "ok" && abroad !== "ok") verdict = abroad === "unknown" ? "unknown" : "partial";
  return {
    kind: "record",
    zone: record.zone ?? "",
    subject: `${record.name} ${record.type}`,
    verdict,
    level: record.level,
    why: record.why,
    rfc: record.rfc,
    wanted: record.values,
    found: [...heard.authoritative, ...heard.resolvers].map((each) => observation(record, each)),
    notes: [],
    ...(verdict === "ok" ? {} : { todo: advice(record, record.ttl, { authoritative, resolvers }) }),
  };
}

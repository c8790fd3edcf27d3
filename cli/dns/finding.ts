/** What `postfleet dns` finds out: one finding a record set, reverse name, zone, policy. */

/**
 * - `ok`: as wanted, wherever it was asked for.
 * - `missing`: found nowhere.
 * - `different`: something else is published.
 * - `extra`: what is wanted, and more in the same record set.
 * - `partial`: not published everywhere: some servers have it, others not.
 * - `failing`: it is published and does not work.
 * - `unknown`: it could not be found out.
 */
export type Verdict = "ok" | "missing" | "different" | "extra" | "partial" | "failing" | "unknown";

export type FindingKind = "record" | "reverse" | "dnssec" | "spf" | "mta-sts" | "tls";

/** What one server said. */
export interface Observation {
  /** "ns1.example.org (192.0.2.1)", or the address of a resolver. */
  server: string;
  /** RDATA of the record set; absent when the server gave no answer. */
  values?: string[];
  /** NXDOMAIN, SERVFAIL, … where it is not NOERROR; or why there is no answer. */
  problem?: string;
}

/** One thing that was looked at. Programs read these: names and meanings stay. */
export interface Finding {
  kind: FindingKind;
  /** Zone that it belongs to, or "" for names in zones of others. */
  zone: string;
  /** "example.org MX", "192.0.2.1 PTR", "example.org DNSSEC", … */
  subject: string;
  verdict: Verdict;
  /** Only what is required decides the exit status. */
  level: "required" | "recommended";
  why: string;
  rfc: string;
  wanted: string[];
  found: Observation[];
  /** Details in a sentence each. */
  notes: string[];
  /** What to do; absent when there is nothing to do. */
  todo?: string;
}

/** Exit status for CI: 0 all that is required is right, 1 something of it is wrong, 2 it could not be found out. */
export function exitStatus(findings: readonly Finding[]): 0 | 1 | 2 {
  const required = findings.filter(({ level, verdict }) => level === "required" && verdict !== "ok");
  if (required.some(({ verdict }) => verdict !== "unknown")) return 1;
  return required.length > 0 ? 2 : 0;
}

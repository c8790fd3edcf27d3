/** What can be known to be wrong with a zone before anybody is asked. */
import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import type { CheckFailure } from "../../handler";
import { entryPath } from "../../role/diff";
import { isMap, type Preview, UNKNOWN } from "../../values";
import type { ZoneInputs } from "./contract";
import { nameAndType } from "./model";
import { nameProblem } from "./names";
import { canonical, RdataError, TYPES } from "./rdata";

type Wanted = Preview<ZoneInputs>;
type SetsByKey = Exclude<Wanted["records"], typeof UNKNOWN>;
type Backend = Wanted["backend"] | undefined;
type Fail = (property: string, reason: string, hint?: string) => void;

/** Largest TTL, RFC 2181 §8. */
const MAX_TTL = 2 ** 31 - 1;
/** OVH takes no shorter one. */
const MIN_TTL_OVH = 60;

/** All that is wrong with the inputs, at once. Values that a preview does not know yet are checked when it does. */
export function checkZone(inputs: Wanted): CheckFailure[] {
  const failures: CheckFailure[] = [];
  const fail: Fail = (property, reason, hint) =>
    failures.push({ property, reason: hint ? `${reason}\n  hint: ${hint}` : reason });
  const { zone, backend, records, takeOver } = inputs;
  if (zone !== UNKNOWN) checkName("zone", zone, zone, fail);
  checkBackend(backend, fail);
  checkTtl("ttl", inputs.ttl, backend, fail);
  checkDnssec(inputs, fail);
  for (const token of takeOver === UNKNOWN ? [] : (takeOver ?? [])) {
    if (token !== UNKNOWN && !nameAndType(token).type)
      fail("takeOver", `has ${JSON.stringify(token)}`, 'wanted is a record set, as "example.org MX"');
  }
  if (records === UNKNOWN) return failures;
  if (!isMap(records)) {
    fail("records", "is no map of record sets", '{"example.org MX": {"values": ["10 mx1.example.org."]}}');
    return failures;
  }
  for (const [key, set] of Object.entries(records)) checkSet(zone, key, set, backend, fail);
  checkTogether(zone, records, fail);
  return failures;
}

function checkName(property: string, name: string, shown: string, fail: Fail): boolean {
  const ascii = domainToASCII(name ?? "");
  const problem = nameProblem((name ?? "").replace(/^\*\./, ""));
  if (!problem) return true;
  const better = ascii && ascii !== name ? ascii.replace(/\.$/, "") : name?.replace(/\.$/, "");
  const hint =
    better && better !== name && !nameProblem(better)
      ? `write "${better}"`
      : 'a name is written as "mail.example.org", in lower case and without the final dot';
  fail(property, `${JSON.stringify(shown)}: ${problem}`, hint);
  return false;
}

function checkBackend(backend: Backend, fail: Fail): void {
  if (backend === UNKNOWN || backend?.kind === "ovh" || backend?.kind === "none") return;
  if (backend?.kind !== "powerdns") {
    fail("backend.kind", `is ${JSON.stringify(Object(backend).kind)}`, 'allowed are "ovh", "powerdns" and "none"');
    return;
  }
  if (backend.url === UNKNOWN) return;
  const url = URL.canParse(backend.url) ? new URL(backend.url) : undefined;
  const example = 'wanted is the address of its webserver, as "https://ns1.example.org:8081"';
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.search)
    fail("backend.url", `is ${JSON.stringify(backend.url)}`, example);
  else if (url.protocol === "http:" && !isPrivate(url.hostname.replace(/^\[|\]$/g, "")))
    fail(
      "backend.url",
      `is ${JSON.stringify(backend.url)}: the API key would cross the network in clear`,
      "use https, or reach it by a private address",
    );
}

function checkDnssec({ dnssec, backend }: Wanted, fail: Fail): void {
  if (dnssec === undefined || dnssec === UNKNOWN || backend === UNKNOWN) return;
  if (backend?.kind !== "ovh")
    fail(
      "dnssec",
      `cannot be switched at ${JSON.stringify(backend?.kind)}, only at "ovh"`,
      "leave it out, and let the server sign by its own configuration",
    );
  else if (dnssec !== true)
    fail(
      "dnssec",
      `is ${JSON.stringify(dnssec)}; allowed is true, or to leave it out`,
      "DNSSEC is never switched off from here: remove the DS record at the registrar first, then switch it off at OVH",
    );
}

/** Loopback, RFC 1918 and RFC 4193. */
const isPrivate = (host: string) =>
  host === "localhost" ||
  (isIP(host) === 4 && /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(host)) ||
  (isIP(host) === 6 && /^(::1$|f[cd])/i.test(host));

function checkTtl(property: string, ttl: Wanted["ttl"], backend: Backend, fail: Fail): void {
  const least = backend !== UNKNOWN && backend?.kind === "ovh" ? MIN_TTL_OVH : 1;
  if (ttl === undefined || ttl === UNKNOWN) return;
  if (!Number.isInteger(ttl) || ttl < least || ttl > MAX_TTL)
    fail(property, `is ${JSON.stringify(ttl)}`, `a number of seconds from ${least} to ${MAX_TTL} is wanted`);
}

function checkSet(zone: string, key: string, set: SetsByKey[string], backend: Backend, fail: Fail): void {
  const { name, type } = nameAndType(key);
  const path = entryPath("records", key);
  if (!TYPES.includes(type)) {
    const hint =
      type === "SOA"
        ? "whoever serves the zone makes its SOA"
        : `wanted is "<name> <TYPE>" with one of ${TYPES.join(", ")}`;
    fail(path, `has no known type of record: ${JSON.stringify(type)}`, hint);
    return;
  }
  if (!checkName(path, name, key, fail)) return;
  if (zone !== UNKNOWN && name !== zone && !name.endsWith(`.${zone}`))
    fail(path, `is not in the zone ${zone}`, "a record belongs to the zone of which its name is a part");
  if (set === UNKNOWN) return;
  checkTtl(entryPath("records", key, "ttl"), set?.ttl, backend, fail);
  const values = entryPath("records", key, "values");
  if (set?.values === UNKNOWN) return;
  if (!Array.isArray(set?.values) || set.values.length === 0) {
    fail(values, "has no values", "leave the record set out to have none");
    return;
  }
  const known = new Map<string, number>();
  set.values.forEach((value, index) => {
    if (value === UNKNOWN) return;
    const at = `${values}[${index}]`;
    try {
      const spelling = canonical(type, plainText(type, value));
      const first = known.get(spelling);
      if (first !== undefined)
        fail(at, `says the same as value ${first + 1}: ${JSON.stringify(value)}`, "remove one of them");
      known.set(spelling, index);
    } catch (error) {
      fail(
        at,
        `${JSON.stringify(value)} ${(error as Error).message}`,
        error instanceof RdataError ? error.hint : undefined,
      );
    }
  });
}

/** Text must be printable ASCII: what other characters would become, differs from server to server. */
function plainText(type: string, value: string): string {
  const wrong = /[^\x20-\x7e]/u.exec(value)?.[0];
  if (wrong === undefined) {
    if (type === "TXT" && !value.trim().startsWith('"'))
      throw new RdataError("is not in quotes", `write ${JSON.stringify(JSON.stringify(value))}`);
    return value;
  }
  const code = wrong.codePointAt(0) ?? 0;
  const octets = [...Buffer.from(wrong)].map((octet) => `\\${String(octet).padStart(3, "0")}`).join("");
  throw new RdataError(
    `has a character that is not printable ASCII: U+${code.toString(16).toUpperCase().padStart(4, "0")}`,
    `names of other alphabets have an xn-- form; in a text its octets are written ${octets}`,
  );
}

/** What must hold between the sets. */
function checkTogether(zone: string, records: SetsByKey, fail: Fail): void {
  const keys = Object.keys(records);
  for (const key of keys) {
    const { name, type } = nameAndType(key);
    const set = records[key];
    const values: string[] = set !== UNKNOWN && Array.isArray(set?.values) ? set.values : [];
    if (type === "CNAME") {
      const others = keys.filter((other) => other !== key && nameAndType(other).name === name);
      if (others.length > 0)
        fail(
          entryPath("records", key),
          `stands beside ${others.join(", ")}`,
          "a CNAME stands alone at its name, RFC 1034",
        );
      if (values.length > 1)
        fail(entryPath("records", key, "values"), `has ${values.length} names`, "a CNAME has one, RFC 1034");
      if (name === zone)
        fail(entryPath("records", key), "is at the top of the zone, where SOA and NS are", "use A and AAAA there");
    }
    const spf = values.filter((value) => /^"v=spf1[ "]/i.test(value));
    if (type === "TXT" && spf.length > 1)
      fail(
        entryPath("records", key, "values"),
        `has ${spf.length} SPF records: ${spf.join(" and ")}`,
        "one name has one, RFC 7208 §3.2: join them",
      );
  }
}

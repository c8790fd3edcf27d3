/** Mechanisms of SPF records, RFC 7208 §5; the record's start and its `all` are written by Postfleet. */
import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import { Refusal, type Schema, text } from "./kinds";

/** Lookups that a receiver makes for a record at most, RFC 7208 §4.6.4; beyond it the record counts as broken. */
export const SPF_LOOKUPS = 10;

/** Whether a term costs a lookup; what stands behind an `include` costs more, which only DNS knows. */
export const costsLookup = (term: string): boolean => /^[+?~-]?(include|a|mx|exists)([:/]|$)/.test(term);

/** The domain that a term includes, if it is named outright. */
export const includedBy = (term: string): string | undefined => /^[+?~-]?include:([^%]+)$/.exec(term)?.[1];

const WRONG = new Refusal(
  "this is no term of an SPF record",
  "write e.g. include:_spf.example.net or ip4:192.0.2.0/24",
);

/** One term. */
export const spfTerm: Schema<string> = text({
  allowed: "include:, ip4:, ip6:, a, mx or exists: of RFC 7208",
  json: { pattern: "^[+?~-]?(include:|ip4:|ip6:|exists:|a([:/]|$)|mx([:/]|$))" },
  parse(given) {
    if (/all$/i.test(given) && !given.includes(":"))
      return new Refusal("the record's end is not chosen here", "remove it; every record ends with -all");
    if (/^v=spf1/i.test(given))
      return new Refusal("one term an element, not a whole record", 'write e.g. ["include:_spf.example.net"]');
    const [, head = "", address, prefix] = /^([+?~-]?ip[46]:)([0-9a-fA-F:.]+)(?:\/(\d{1,3}))?$/.exec(given) ?? [];
    if (address !== undefined) {
      const version = head.includes("ip4") ? 4 : 6;
      return isIP(address) === version && Number(prefix ?? 0) <= (version === 4 ? 32 : 128) ? given : WRONG;
    }
    const [, mechanism = "", domain, lengths = ""] =
      /^([+?~-]?(?:include|exists|a|mx))(?::([^/\s]+))?((?:\/\d{1,2})?(?:\/\/\d{1,3})?)$/.exec(given) ?? [];
    const named = /include|exists/.test(mechanism);
    if (mechanism === "" || (named && (domain === undefined || lengths !== ""))) return WRONG;
    if (domain === undefined) return given;
    const name = domainSpec(domain);
    return name === undefined ? WRONG : `${mechanism}:${name}${lengths}`;
  },
});

/** A name in the form of the DNS, underscores included, or one with macros (RFC 7208 §7), left as it is. */
function domainSpec(given: string): string | undefined {
  if (given.includes("%"))
    return /^(%\{[slodiphcrtv]\d*r?[.+,_=-]*\}|%[%_-]|[\w.-])+$/i.test(given) ? given : undefined;
  const name = domainToASCII(given);
  return /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})+$/.test(name) ? name : undefined;
}

/** Rules about what receivers make of mail in a domain's name: SPF and DMARC. */
import { costsLookup, includedBy, SPF_LOOKUPS } from "../schema/spf";
import type { Check, Checked } from "./checked";
import { type Edge, loops } from "./loops";

/** So many lookups are told; whether it is more does not matter. */
const ENOUGH = 10 * SPF_LOOKUPS;

/** Domain -> its SPF terms with their places. */
const termsOf = ({ draft }: Checked) =>
  new Map((draft.domains ?? []).map(({ key, value }) => [key, value.mail ? value.spf : []]));

const includes: Check = {
  rule: "SPF records do not include themselves, also not by way of another domain of the site.",
  run(checked) {
    const terms = termsOf(checked);
    const edges = [...terms].flatMap(([from, items]) =>
      items.flatMap(({ at, value }): Edge[] => {
        const to = includedBy(value);
        return to !== undefined && terms.has(to) ? [{ from, to, at }] : [];
      }),
    );
    for (const { way, at } of loops(edges)) {
      checked.problems.add(at, {
        message: `the SPF records include each other: ${way}`,
        allowed: "includes that come to an end; receivers take a circle for a broken record",
        hint: "remove this include; the site's own hosts are in every record anyway",
      });
    }
  },
};

const lookups: Check = {
  rule: `An SPF record costs at most ${SPF_LOOKUPS} lookups (RFC 7208 §4.6.4); \`include\`, \`a\`, \`mx\` and \`exists\` cost one each, and more behind includes.`,
  run(checked) {
    const terms = new Map(
      [...termsOf(checked)].map(([domain, items]) => [
        domain,
        items.flatMap(({ value }) => (costsLookup(value) ? [includedBy(value)] : [])),
      ]),
    );
    // Includes that meet again double the cost with each step: counting ends where it makes no difference any more.
    const cost = (domain: string, above: readonly string[], before: number): number => {
      let total = before;
      for (const inner of terms.get(domain) ?? []) {
        if (++total >= ENOUGH) return total;
        if (inner !== undefined && !above.includes(inner)) total = cost(inner, [...above, inner], total);
      }
      return total;
    };
    for (const { key, at } of checked.draft.domains ?? []) {
      const total = cost(key, [key], 0);
      if (total <= SPF_LOOKUPS) continue;
      checked.problems.add([...at, "spf"], {
        message: `the SPF record of ${key} costs ${total} lookups or more: receivers take it for broken`,
        allowed: `at most ${SPF_LOOKUPS}, RFC 7208 section 4.6.4`,
        hint: "remove senders that are not used any more, or write their networks as ip4: and ip6:, which cost nothing",
      });
    }
  },
};

const silent: Check = {
  rule: "`spf`, `transport`, `catchAll`, `dav` and another DMARC policy than reject get a warning in a domain with `mail: false`.",
  run({ draft, problems }) {
    for (const { at, value } of draft.domains ?? []) {
      if (value.mail) continue;
      const given = {
        spf: value.spf.length > 0,
        transport: value.transport !== undefined,
        catchAll: value.catchAll !== undefined,
        dav: value.dav !== undefined,
        dmarc: value.dmarc !== "reject",
        dmarcTesting: value.dmarcTesting,
      };
      for (const [key] of Object.entries(given).filter(([, useless]) => useless)) {
        problems.add([...at, key], {
          message: `${key} has no effect in a domain without mail: its records refuse everything`,
          allowed: `a domain with mail, or no ${key}`,
          hint: `remove ${key}, or \`mail: false\``,
          severity: "warning",
        });
      }
    }
  },
};

const STRENGTH = ["none", "quarantine", "reject"];

const dmarc: Check = {
  rule: "`dmarcTesting` needs a policy that it can soften; a gentler policy for subdomains than for the domain gets a warning.",
  run({ draft, problems }) {
    for (const { at, value } of draft.domains ?? []) {
      if (!value.mail) continue;
      if (value.dmarcTesting && value.dmarc === "none") {
        problems.add([...at, "dmarcTesting"], {
          message: "the policy none cannot be applied more gently",
          allowed: "dmarcTesting with the policy quarantine or reject",
          hint: "write `dmarc: quarantine` for the next step, or remove dmarcTesting",
        });
      }
      for (const key of ["dmarcSubdomains", "dmarcNonexistent"] as const) {
        const policy = value[key];
        if (policy === undefined || STRENGTH.indexOf(policy) >= STRENGTH.indexOf(value.dmarc)) continue;
        problems.add([...at, key], {
          message: `subdomains are protected less than the domain: ${policy}, not ${value.dmarc}`,
          allowed: `${value.dmarc}, or a stricter policy`,
          hint: "forgers take subdomains then; remove it when the subdomains' own mail is signed",
          severity: "warning",
        });
      }
    }
  },
};

export const SENDER_CHECKS: readonly Check[] = [includes, lookups, silent, dmarc];

/** What looks at a zone takes time in proportion to its records, also where all of them are at one name. */
import { survey } from "../../../../cli/dns-survey";
import { conflicts } from "../../../../provider/dns/zone/conflicts";
import type { RecordSets } from "../../../../provider/dns/zone/contract";
import { parseMasterFile } from "../../../../provider/dns/zone/master-file";
import type { LiveRecord } from "../../../../provider/dns/zone/model";
import { canonicalSets, plan, view } from "../../../../provider/dns/zone/ownership";
import { growth, MOST_GROWTH } from "../../../support/growth";

jest.setTimeout(120_000);

const ZONE = "example.org";
const each = (n: number, value: (i: number) => string) => Array.from({ length: n }, (_, i) => value(i));
const notes = (n: number) => each(n, (i) => `"note ${i}"`);
const addresses = (n: number) => each(n, (i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
const sets = (records: Record<string, string[]>) =>
  canonicalSets(
    Object.fromEntries(Object.entries(records).map(([key, values]) => [key, { ttl: 60, values }])) as RecordSets,
  );
const live = (name: string, type: string, values: string[]): LiveRecord[] =>
  values.map((value) => ({ name, type, ttl: 60, value }));

const ACTS: Record<string, [n: number, (n: number) => () => void]> = {
  "ours, as it is": [
    500,
    (n) => {
      const [owned, there] = [sets({ [`${ZONE} TXT`]: notes(n) }), live(ZONE, "TXT", notes(n))];
      return () => expect(view(owned, there).size + plan(owned, owned, there).changes.length).toBe(1);
    },
  ],
  "a text of ours, and others with its tag": [
    500,
    (n) => {
      const owned = sets({ [`${ZONE} TXT`]: ['"v=spf1 -all"'] });
      const there = live(ZONE, "TXT", ['"v=spf1 -all"', ...each(n, (i) => `"v=spf1 a${i} -all"`)]);
      return () => expect(conflicts(ZONE, owned, owned, there)[0]?.theirs).toHaveLength(n);
    },
  ],
  "whole sets of others in the way": [
    500,
    (n) => {
      const wanted = sets({ [`${ZONE} A`]: addresses(n) });
      const there = live(ZONE, "A", addresses(2 * n).slice(n));
      return () => expect(conflicts(ZONE, new Map(), wanted, there)[0]?.theirs).toHaveLength(n);
    },
  ],
  "many names of one address": [
    500,
    (n) => {
      const wanted = sets(Object.fromEntries(each(n, (i) => `a${i}.${ZONE} A`).map((key) => [key, ["192.0.2.1"]])));
      const there = each(n, (i) => `a${i}.${ZONE}`).flatMap((name) => live(name, "CNAME", ["b.example.com."]));
      return () => expect(conflicts(ZONE, new Map(), wanted, there)).toHaveLength(n);
    },
  ],
  "all to be replaced": [
    500,
    (n) => {
      const [owned, wanted] = [sets({ [`${ZONE} TXT`]: notes(n) }), sets({ [`${ZONE} TXT`]: ['"one"'] })];
      return () => expect(plan(owned, wanted, live(ZONE, "TXT", notes(n))).changes).toHaveLength(1);
    },
  ],
  "an import": [
    500,
    (n) => {
      const wanted = [{ zone: ZONE, name: ZONE, type: "TXT", ttl: 60, values: notes(n) }];
      const there = [...live(ZONE, "TXT", notes(n)), ...live(ZONE, "A", addresses(n))];
      return () => expect(survey(ZONE, there, wanted as never).records).toHaveLength(2 * n);
    },
  ],
  "an import of what is in the way": [
    500,
    (n) => {
      const wanted = [{ zone: ZONE, name: ZONE, type: "A", ttl: 60, values: ["192.0.2.1"] }];
      return () => expect(survey(ZONE, live(ZONE, "A", addresses(n)), wanted as never).records).toHaveLength(n);
    },
  ],
  "terms of SPF": [
    500,
    (n) => {
      const text = `"v=spf1 ${each(n, (i) => `ip4:10.0.${i >> 8}.${i & 255} include:a${i}.example`).join(" ")} -all"`;
      return () => expect(survey(ZONE, live(ZONE, "TXT", [text]), undefined).entry.spf).toHaveLength(2 * n);
    },
  ],
  "records of SPF": [
    500,
    (n) => {
      const there = live(
        ZONE,
        "TXT",
        each(n, (i) => `"v=spf1 ip4:10.0.${i >> 8}.${i & 255} redirect=a${i}.example"`),
      );
      return () => expect(survey(ZONE, there, undefined).entry.spf).toHaveLength(n);
    },
  ],
  "parentheses and quotes of a file": [
    1000,
    (n) => {
      const text = `a TXT ${'( "b" ) '.repeat(n)}\nc TXT "d${'\\"'.repeat(n)}"\n${"e A 192.0.2.1 ; (\n".repeat(n)}`;
      return () => expect(parseMasterFile(text, ZONE, 60).records).toHaveLength(n + 2);
    },
  ],
};

test.each(Object.entries(ACTS))("%s", (_name, [n, prepare]) => {
  expect(growth(prepare, n)).toBeLessThan(MOST_GROWTH);
});

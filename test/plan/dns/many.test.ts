/** A thousand domains on one platform: the record set grows by the same steps as the site. */
import { zoneNames } from "../../../plan/dns/zones";
import { zoneFiles } from "../../../roles/nameserver/zone-file";
import type { KeyFacts } from "../../../roles/shared/records";
import type { SiteSpec } from "../../../site/types";
import { domain, KEYS, recordsOf, site } from "./fixture";

const many = (count: number): SiteSpec =>
  site({ domains: Array.from({ length: count }, (_, i) => domain(`d${i}.example`, { dmarcReports: "d@d0.example" })) });

/** The keys of every domain: the same ones for all, or its own. */
const keysOf = (spec: SiteSpec, shared: boolean): KeyFacts => ({
  ...KEYS,
  ...Object.fromEntries(
    spec.domains.flatMap(({ name }, index) =>
      (["rsa", "ed25519"] as const).map((algorithm) => [
        `dkim-${name}-${algorithm}`,
        [{ selector: algorithm, publicKey: shared ? "SHARED" : `OWN${index}` }],
      ]),
    ),
  ),
});

/** The quickest of three: what others do on the machine is not our time. */
function milliseconds(work: () => unknown): number {
  const times = [1, 2, 3].map(() => {
    const start = process.hrtime.bigint();
    work();
    return Number(process.hrtime.bigint() - start) / 1e6;
  });
  return Math.min(...times);
}

test.each([true, false])("1000 domains, shared keys %s: all records, in less than a second", (shared) => {
  const spec = many(1000);
  const keys = keysOf(spec, shared);
  const records = recordsOf(spec, keys);
  expect(zoneNames(spec)).toHaveLength(1000);
  expect(records.filter(({ name }) => name.includes("_domainkey"))).toHaveLength(2000);
  expect(records.filter(({ type }) => type === "MX")).toHaveLength(1000);
  const own = records.find(({ name }) => name === "rsa._domainkey.d999.example");
  expect(own).toMatchObject({ zone: "d999.example", values: [`"v=DKIM1; k=rsa; p=${shared ? "SHARED" : "OWN999"}"`] });
  const files = zoneFiles(spec, zoneNames(spec), records);
  expect(files).toHaveLength(1000);
  expect(files[999]?.text).toContain("rsa._domainkey");
  expect(milliseconds(() => zoneFiles(spec, zoneNames(spec), recordsOf(spec, keys)))).toBeLessThan(1000);
});

test("ten times the domains take about ten times as long", () => {
  const time = (count: number) => {
    const spec = many(count);
    const keys = keysOf(spec, true);
    return milliseconds(() => zoneFiles(spec, zoneNames(spec), recordsOf(spec, keys)));
  };
  time(400); // warm
  // Quadratic growth would be a hundred times.
  expect(time(4000) / time(400)).toBeLessThan(40);
});

/** Zones of a site at whoever serves them, under mocks. */
import * as pulumi from "@pulumi/pulumi";
import { declareZones } from "../../components/zones";
import type { SiteSpec } from "../../site/types";
import { recordsOf, site } from "../plan/dns/fixture";

interface Declared {
  name: string;
  inputs: Record<string, unknown>;
}

/** The zone resources of a site with these settings of DNS. */
async function declared(dns: SiteSpec["dns"]): Promise<Declared[]> {
  const zones: Declared[] = [];
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => {
      zones.push({ name, inputs });
      return { id: name, state: inputs };
    },
    call: () => ({}),
  });
  const spec = site({ dns });
  const made = declareZones(spec, pulumi.output(recordsOf(spec)), {});
  await Promise.all([...made.values()].map((zone) => new Promise((done) => zone.urn.apply(done))));
  return zones.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const DNS = { provider: "ovh", ttl: 300, dnssec: true } as const;

test("at OVH each zone has its own records, and DNSSEC is switched on where the site says so", async () => {
  const zones = await declared(DNS);
  expect(zones.map(({ name }) => name)).toEqual(["example.net", "example.org"]);
  for (const { name, inputs } of zones) {
    expect(inputs).toMatchObject({ zone: name, backend: { kind: "ovh" }, ttl: 300, dnssec: true });
    const keys = Object.keys(inputs.records as object);
    expect(keys).toContain(`${name} MX`);
    expect(keys.filter((key) => !key.split(" ")[0]?.endsWith(name))).toEqual([]);
  }
  for (const { inputs } of await declared({ ...DNS, dnssec: false })) expect(inputs).not.toHaveProperty("dnssec");
});

test("elsewhere DNSSEC is no switch of the zone; the site's own name servers need no resource", async () => {
  const elsewhere = await declared({
    ...DNS,
    provider: "powerdns",
    api: { url: "https://ns1.example.org", server: "s" },
  });
  expect(elsewhere).toHaveLength(2);
  for (const { inputs } of elsewhere) expect(inputs).not.toHaveProperty("dnssec");
  expect(await declared({ ...DNS, provider: "powerdns" })).toEqual([]);
});

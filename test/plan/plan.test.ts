/** The plan of a site as a whole: plain data, the same for the same site, and complete. */
import { loadSite, plan } from "../../plan";
import { planOf, SPREAD, siteOf, stack } from "./sites";

const valueText = (value: string | { key: string; value: string }) =>
  typeof value === "string" ? value : `${value.value} of ${value.key}`;

describe.each([
  ["lab", stack("lab")],
  ["ovh.example", stack("ovh.example")],
  ["spread", SPREAD],
])("the plan of %s", (_name, yaml) => {
  const made = planOf(yaml);

  test("is plain data: it survives being written and read", () => {
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
  });

  test("is what it was", () => {
    const { instances, edges, records, rings, names, dataSets, hosts, zones } = made;
    const waits = (id: string) => edges.filter(({ to }) => to === id).map(({ from }) => from);
    expect({
      hosts: hosts.map(({ name, location, addresses, dataSet }) => `${name} ${location} ${addresses} ${dataSet}`),
      instances: instances.map(({ id, wave }) => `${wave} ${id} after ${waits(id).join(" ") || "nothing"}`),
      uses: instances.flatMap(({ id, uses }) =>
        uses.map(({ use, choice, targets }) => `${id} ${use}, ${choice}: ${targets.map((to) => to.instance)}`),
      ),
      zones: zones.map(({ name, servedBy }) => `${name} by ${servedBy}`),
      records: records.map(({ name, type, values }) => `${name} ${type} ${values.map(valueText).join(" | ")}`),
      names: names.map(({ name, role, hosts }) => `${name} ${role} ${hosts}`),
      rings: rings.map(({ id, holders, published }) => `${id} on ${holders} at ${published.map(({ name }) => name)}`),
      dataSets: dataSets.map(({ name, parts, targets }) => `${name} to ${targets}: ${parts.map(({ path }) => path)}`),
    }).toMatchSnapshot();
  });

  test("has every id once, and edges and uses lead to what is there", () => {
    const ids = made.instances.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const known = new Set([...ids, ...made.zones.map(({ name }) => `zone ${name}`)]);
    expect(made.edges.filter(({ from, to }) => !known.has(from) || !known.has(to))).toEqual([]);
    const targets = made.instances.flatMap(({ uses }) => uses.flatMap((use) => use.targets));
    expect(targets.filter(({ instance }) => !known.has(instance))).toEqual([]);
  });

  test("nothing waits for something of its own wave or a later one", () => {
    const wave = new Map(made.instances.map(({ id, wave }) => [id, wave]));
    for (const { from, to } of made.edges) expect(wave.get(from) ?? -1).toBeLessThan(wave.get(to) ?? -2);
  });

  test("values that depend on keys name rings that are there", () => {
    const rings = new Set([...made.rings.map(({ id }) => id), "acme"]);
    const keyed = made.records.flatMap(({ values }) => values.filter((value) => typeof value !== "string"));
    expect(keyed.length).toBeGreaterThan(0);
    expect(keyed.filter(({ key }) => !rings.has(key))).toEqual([]);
  });

  test("it holds no secret", () => {
    expect(JSON.stringify(made)).not.toMatch(/PRIVATE KEY|passwordHash|BLF-CRYPT/);
  });
});

test("a lost host is nobody's endpoint, is named nowhere in DNS, and keeps its instances", () => {
  const { instances, records, dataSets, rings } = planOf(SPREAD);
  expect(instances.filter(({ host }) => host === "old1").map(({ role }) => role)).toContain("mailstore");
  const targets = instances.flatMap(({ uses }) => uses.flatMap((use) => use.targets));
  expect(targets.filter(({ instance }) => instance.endsWith("-old1"))).toEqual([]);
  expect(JSON.stringify(records)).not.toMatch(/old1|192\.0\.2\.9/);
  expect(dataSets.map(({ host }) => host)).not.toContain("old1");
  expect(rings.find(({ id }) => id === "tls-old1")).toMatchObject({ published: [], holders: [] });
});

test("ten times the domains take no more than some ten times as long", () => {
  const many = (count: number) => {
    const domains = Array.from({ length: count }, (_, i) => `  d${i}.example: { dmarcReports: alice@example.org }\n`);
    return siteOf(SPREAD.replace(/^domains: .*$/m, `domains:\n  example.org: {}\n${domains.join("")}`));
  };
  const time = (site: Parameters<typeof plan>[0]) => {
    const times = [1, 2, 3].map(() => {
      const start = process.hrtime.bigint();
      plan(site);
      return Number(process.hrtime.bigint() - start) / 1e6;
    });
    return Math.min(...times);
  };
  const [few, lots] = [many(200), many(2000)];
  plan(few); // warm
  expect(time(lots) / time(few)).toBeLessThan(40);
});

test("a site file that is wrong is refused before anything is planned", () => {
  expect(() => loadSite("/nonexistent.yaml")).toThrow("cannot be read");
});

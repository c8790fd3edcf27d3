/** Where a name leads, with name servers in memory. */
import { type DnsAnswer, DnsError } from "../../../../provider/dns/query";
import { type NameServers, resolves } from "../../../../provider/ovh/ip/forward";

type Records = Record<string, [type: string, data: string][]>;

/** Servers by address; a string in the place of records is how the server fails. */
function world(
  servers: Record<string, Records | string>,
  zones: Record<string, string[]>,
): NameServers & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    defaultResolver: () => "resolver",
    authoritativeServers: async (zone) => {
      const addresses = zones[zone];
      if (!addresses)
        throw new DnsError("resolver", { name: zone, type: "NS" }, "question", "NOERROR, and no name servers");
      return [{ name: `ns.${zone}`, addresses }];
    },
    ask: async (server, name, type): Promise<DnsAnswer> => {
      asked.push(server);
      const content = servers[server] ?? "SILENT";
      if (content === "SILENT") throw new DnsError(server, { name, type }, "timeout", "silence");
      const known = typeof content === "string" ? [] : (content[name] ?? []);
      const records = known
        .filter(([kind]) => kind === type || kind === "CNAME")
        .map(([kind, data]) => ({ name, type: kind, ttl: 60, data }));
      const status = typeof content === "string" ? content : name in content ? "NOERROR" : "NXDOMAIN";
      return { status, authoritative: true, authenticated: false, records };
    },
  };
}

const MAIL: Records = {
  "mail1.example.org": [
    ["A", "192.0.2.1"],
    ["AAAA", "2001:DB8:0::1"],
  ],
};
const ZONES = { "example.org": ["192.0.2.53", "192.0.2.54"] };

test("the name servers of the zone are asked, not a resolver that remembers an older answer", async () => {
  const dns = world({ resolver: {}, "192.0.2.53": MAIL }, ZONES);
  expect(await resolves("mail1.example.org", dns)).toEqual(["192.0.2.1", "2001:db8::1"]);
  expect(new Set(dns.asked)).toEqual(new Set(["192.0.2.53"]));
  expect(await resolves("mail2.example.org", dns)).toEqual([]);
});

test("a zone below is the one that counts", async () => {
  const dns = world(
    { "192.0.2.53": {}, "192.0.2.99": { "a.b.example.org": [["A", "192.0.2.7"]] } },
    {
      ...ZONES,
      "b.example.org": ["192.0.2.99"],
    },
  );
  expect(await resolves("a.b.example.org", dns)).toEqual(["192.0.2.7"]);
});

test.each(["SILENT", "SERVFAIL", "REFUSED"])("a server that is %s is passed over", async (failure) => {
  expect(await resolves("mail1.example.org", world({ "192.0.2.53": failure, "192.0.2.54": MAIL }, ZONES))).toHaveLength(
    2,
  );
});

test("where no name server can be asked, the resolver is; and where nobody answers, that is an error", async () => {
  expect(await resolves("mail1.example.org", world({ resolver: MAIL }, ZONES))).toHaveLength(2);
  expect(await resolves("mail1.example.org", world({ resolver: MAIL }, {}))).toHaveLength(2);
  await expect(resolves("mail1.example.org", world({}, ZONES))).rejects.toThrow(
    "resolver: no answer to mail1.example.org",
  );
});

test("an alias into another zone is followed by the resolver", async () => {
  const alias: Records = { "mail1.example.org": [["CNAME", "other.example.net."]] };
  expect(await resolves("mail1.example.org", world({ "192.0.2.53": alias, resolver: MAIL }, ZONES))).toHaveLength(2);
  expect(await resolves("mail1.example.org", world({ "192.0.2.53": alias, resolver: alias }, ZONES))).toEqual([]);
});

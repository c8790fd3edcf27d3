/** Serials wrap around (RFC 1982), and servers are asked until they answer the change. */
import type { DnsAnswer } from "../../../../provider/dns/query";
import { later, latest, type Resolver, untilServed } from "../../../../provider/dns/zone/serial";

test.each([
  [2, 1, true],
  [1, 2, false],
  [1, 1, false],
  [0, 4294967295, true],
  [4294967295, 0, false],
  [2026112201, 2026112200, true],
])("%d is later than %d: %s", (a, b, expected) => expect(later(a, b)).toBe(expected));

test("the latest of serials, around the corner too", () => {
  expect(latest([4294967295, 3, 4294967290])).toBe(3);
  expect(latest([])).toBeUndefined();
});

const SERVERS = [
  { name: "ns1.example.org", address: "192.0.2.1" },
  { name: "ns2.example.org", address: "192.0.2.2" },
];
const EXPECTED = {
  zone: "example.org",
  serial: 7,
  sets: [{ name: "a.example.org", type: "A", ttl: 60, values: ["192.0.2.9"] }],
};

/** A world in which each server has its own serial and address, by the number of the round. */
function world(
  serial: (server: string, round: number) => number | string,
  address = "192.0.2.9",
): Resolver & { rounds: Record<string, number> } {
  const rounds: Record<string, number> = {};
  const answer = (name: string, type: string, data: string): DnsAnswer => ({
    ...{ status: "NOERROR", authoritative: true, authenticated: false },
    records: [{ name, type, ttl: 60, data }],
  });
  return {
    rounds,
    authoritativeServers: async () => [],
    ask: async (server, name, type) => {
      if (type !== "SOA") return answer(name, type, address);
      rounds[server] = (rounds[server] ?? 0) + 1;
      const now = serial(server, rounds[server]);
      if (typeof now === "string") throw Object.assign(new Error(`${server}: ${now}`), { failure: now });
      return answer(name, type, `ns1. host. ${now} 1 2 3 4`);
    },
  };
}

const until = (dns: Resolver, again = async () => {}, limit = 100) =>
  untilServed(dns, SERVERS, EXPECTED, { everyMs: 5, limitMs: limit }, () => {}, again);

test("a server that is behind is asked again, one that is done is not", async () => {
  const dns = world((server, round) => (server === "192.0.2.2" && round < 4 ? 6 : 8));
  expect(await until(dns)).toHaveLength(2);
  expect(dns.rounds).toEqual({ "192.0.2.1": 1, "192.0.2.2": 4 });
});

test("publication is asked for again when nothing happens", async () => {
  let again = 0;
  const dns = world((_, round) => (round <= 12 ? 6 : 7));
  await until(dns, async () => void again++, 1000);
  expect(again).toBe(1);
});

test("the right serial with another address is not enough", async () => {
  await expect(until(world(() => 7, "192.0.2.66"))).rejects.toThrow(
    "answers 192.0.2.66 to a.example.org A, not 192.0.2.9",
  );
});

test("after the limit the error names each server and what it said", async () => {
  const failed = await until(world((server) => (server === "192.0.2.1" ? 6 : "timeout"))).catch((error) => error);
  expect(failed.message).toContain("ns1.example.org (192.0.2.1) answers serial 6, not 7 or later");
  expect(failed.message).toContain("ns2.example.org (192.0.2.2) 192.0.2.2: timeout");
  expect(failed.hint).toContain("postfleet dns");
});

test("a server to which there is no way from here says nothing about the zone", async () => {
  const seen = await until(world((server) => (server === "192.0.2.1" ? 7 : "unreachable")));
  expect(seen.map(({ name }) => name)).toEqual(["ns1.example.org"]);
});

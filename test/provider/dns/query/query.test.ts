import type { Answer } from "dns-packet";
import { ask, askEach, authoritativeServers, DnsError, inParallel } from "../../../../provider/dns/query";
import { NameServer } from "./name-server";

const servers: NameServer[] = [];
async function serve(...args: Parameters<typeof NameServer.start>): Promise<NameServer> {
  const server = await NameServer.start(...args);
  servers.push(server);
  return server;
}
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

/** The error of a question that must not be answered. */
async function failure(question: Promise<unknown>): Promise<DnsError> {
  const error = await question.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(DnsError);
  return error as DnsError;
}

const a = (name: string, data: string): Answer => ({ type: "A", name, ttl: 60, data });
const KEY = Buffer.from("00112233445566778899aabbccddeeff", "hex");

test("a referral names the servers of a delegation", async () => {
  const server = await serve([{ type: "NS", name: "lab.example.org", ttl: 60, data: "ns.example.net" }], {
    refers: true,
  });
  const { records, authoritative } = await ask(server.address, "lab.example.org", "NS");
  expect(records).toEqual([{ name: "lab.example.org", type: "NS", ttl: 60, data: "ns.example.net." }]);
  expect(authoritative).toBe(false);
});

test("each type is written as in a zone file", async () => {
  const name = "x.example.org";
  const records: [Answer, string][] = [
    [a(name, "192.0.2.1"), "192.0.2.1"],
    [{ type: "AAAA", name, data: "2001:db8::1" }, "2001:db8::1"],
    [{ type: "MX", name, data: { preference: 10, exchange: "MX.example.org" } }, "10 mx.example.org."],
    [{ type: "MX", name: "null.example.org", data: { preference: 0, exchange: "." } }, "0 ."],
    [{ type: "NS", name, data: "ns.example.org" }, "ns.example.org."],
    [{ type: "PTR", name, data: "mail.example.org" }, "mail.example.org."],
    [
      { type: "SRV", name, data: { priority: 0, weight: 1, port: 993, target: "imap.example.org" } },
      "0 1 993 imap.example.org.",
    ],
    [{ type: "TXT", name, data: ['say "no"', "back\\slash"] }, '"say \\"no\\"" "back\\\\slash"'],
    [{ type: "TXT", name: "utf8.example.org", data: ["ü\n"] }, '"\\195\\188\\010"'],
    [{ type: "CAA", name, data: { flags: 128, tag: "issue", value: "ca.test" } }, '128 issue "ca.test"'],
    [
      { type: "TLSA", name, data: { usage: 3, selector: 1, matchingType: 1, certificate: KEY } },
      "3 1 1 00112233445566778899aabbccddeeff",
    ],
    [
      { type: "DS", name, data: { keyTag: 4711, algorithm: 13, digestType: 2, digest: KEY } },
      "4711 13 2 00112233445566778899AABBCCDDEEFF",
    ],
    [{ type: "DNSKEY", name, data: { flags: 257, algorithm: 13, key: KEY } }, `257 3 13 ${KEY.toString("base64")}`],
    [
      { type: "SSHFP", name, data: { algorithm: 4, hash: 2, fingerprint: `AB${"0".repeat(62)}` } },
      `4 2 ab${"0".repeat(62)}`,
    ],
    [{ type: "CDS", name, data: Buffer.from("12670d02aabb", "hex") }, "4711 13 2 AABB"],
    [
      {
        type: "SOA",
        name,
        data: {
          mname: "ns.example.org",
          rname: "a\\.b.example.org",
          serial: 7,
          refresh: 1,
          retry: 2,
          expire: 3,
          minimum: 4,
        },
      },
      "ns.example.org. a\\.b.example.org. 7 1 2 3 4",
    ],
  ];
  const server = await serve(records.map(([record]) => record));
  for (const [record, data] of records) {
    const answer = await ask(server.address, record.name, record.type);
    expect(answer.records).toEqual([
      { name: record.name, type: record.type, ttl: "ttl" in record ? (record.ttl ?? 0) : 0, data },
    ]);
  }
});

test("the status, the flags and the aliases on the way are told", async () => {
  const server = await serve(
    [{ type: "CNAME", name: "www.example.org", ttl: 5, data: "web.example.org" }, a("web.example.org", "192.0.2.1")],
    { authenticated: true },
  );
  const www = await ask(server.address, "WWW.example.org.", "a");
  expect(www).toMatchObject({ status: "NOERROR", authoritative: true, authenticated: true });
  expect(www.records.map(({ name, type, data }) => [name, type, data])).toEqual([
    ["www.example.org", "CNAME", "web.example.org."],
    ["web.example.org", "A", "192.0.2.1"],
  ]);
  expect(await ask(server.address, "none.example.org", "A")).toMatchObject({ status: "NXDOMAIN", records: [] });
  expect(await ask(server.address, "web.example.org", "MX")).toMatchObject({ status: "NOERROR", records: [] });
  server.behaviour = { rcode: 5 };
  expect((await ask(server.address, "web.example.org", "A")).status).toBe("REFUSED");
});

test("signatures come only when they are asked for", async () => {
  const data = {
    typeCovered: "A",
    algorithm: 13,
    labels: 2,
    originalTTL: 60,
    expiration: 1767225600,
    inception: 1764547200,
    keyTag: 1,
    signersName: "example.org",
    signature: KEY,
  };
  const server = await serve([a("example.org", "192.0.2.1"), { type: "RRSIG", name: "example.org", data }]);
  const types = async (dnssec: boolean) => (await ask(server.address, "example.org", "A", { dnssec })).records;
  expect((await types(false)).map(({ type }) => type)).toEqual(["A"]);
  expect((await types(true))[1]?.data).toBe(
    `A 13 2 60 20260101000000 20251201000000 1 example.org. ${KEY.toString("base64")}`,
  );
});

test("an answer that was cut comes whole by TCP", async () => {
  const many = Array.from({ length: 200 }, (_, i) => a("many.example.org", `192.0.2.${i}`));
  const server = await serve(many);
  expect((await ask(server.address, "many.example.org", "A")).records).toHaveLength(200);
  expect(server.asked).toEqual(["udp many.example.org A", "tcp many.example.org A"]);
});

test("silence is asked again, and named in the end", async () => {
  const server = await serve([a("example.org", "192.0.2.1")], { silentFor: 1 });
  expect((await ask(server.address, "example.org", "A", { timeout: 50 })).records).toHaveLength(1);
  server.behaviour = { silentFor: 9 };
  const error = await failure(ask(server.address, "example.org", "A", { timeout: 50, tries: 3 }));
  expect(error).toMatchObject({ failure: "timeout", server: server.address });
  expect(error.message).toBe(
    `${server.address}: no answer to example.org A: nothing by UDP within 50 ms, asked 3 times`,
  );
  expect(error.hint).toContain("port 53");
});

test("answers with another id or to another question do not count", async () => {
  const server = await serve([a("example.org", "192.0.2.1")], { forged: 3 });
  expect((await ask(server.address, "example.org", "A")).status).toBe("NOERROR");
  server.behaviour = { confused: true };
  const error = await failure(ask(server.address, "example.org", "A", { timeout: 50, tries: 1 }));
  expect(error.failure).toBe("timeout");
});

test("what is no DNS message is an error, not a crash", async () => {
  const server = await serve([a("example.org", "192.0.2.1")], { garbage: true });
  expect((await failure(ask(server.address, "example.org", "A"))).failure).toBe("garbled");
});

test("wrong questions are refused before anything is sent", async () => {
  const server = await serve();
  for (const [where, name, type] of [
    ["192.0.2.1:0", "example.org", "A"],
    ["[192.0.2.1]", "example.org", "A"],
    ["", "example.org", "A"],
    [server.address, `${"a".repeat(64)}.org`, "A"],
    [server.address, "a..org", "A"],
    [server.address, "müller.example", "A"],
    [server.address, "example.org", "BANANA"],
  ] as const)
    expect((await failure(ask(where, name, type))).failure).toBe("question");
  expect(server.asked).toEqual([]);
});

test("several servers are asked at the same time, and one that fails takes no other's answer away", async () => {
  const good = await serve([a("example.org", "192.0.2.1")]);
  const gone = await NameServer.start();
  await gone.stop();
  const [first, second] = await askEach([gone.address, good.address], "example.org", "A", { timeout: 100 });
  expect(first).toMatchObject({ server: gone.address, error: { failure: "refused" } });
  expect(second).toMatchObject({ server: good.address, answer: { status: "NOERROR" } });
});

test("no more is done at once than allowed, and results keep their places", async () => {
  let now = 0;
  let most = 0;
  const results = await inParallel([5, 1, 4, 1, 3], 2, async (ms) => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, ms));
    now--;
    return ms * 2;
  });
  expect(results).toEqual([10, 2, 8, 2, 6]);
  expect(most).toBe(2);
});

describe("the name servers of a zone", () => {
  const zone: Answer[] = [
    { type: "NS", name: "example.org", data: "ns2.example.org" },
    { type: "NS", name: "example.org", data: "ns1.example.net" },
    a("ns1.example.net", "192.0.2.1"),
    { type: "AAAA", name: "ns1.example.net", data: "2001:db8::1" },
    a("mail.example.org", "192.0.2.3"),
  ];

  test("come with their addresses", async () => {
    const resolver = await serve(zone);
    expect(await authoritativeServers("example.org", { resolver: resolver.address })).toEqual([
      { name: "ns1.example.net", addresses: ["192.0.2.1", "2001:db8::1"] },
      { name: "ns2.example.org", addresses: [] },
    ]);
  });

  test("are looked up at POSTFLEET_RESOLVER unless another one is named", async () => {
    const resolver = await serve(zone);
    process.env.POSTFLEET_RESOLVER = resolver.address;
    try {
      await authoritativeServers("example.org");
    } finally {
      delete process.env.POSTFLEET_RESOLVER;
    }
    expect(resolver.asked).toContain("udp example.org NS");
  });

  test("must exist", async () => {
    const resolver = await serve(zone);
    const error = await failure(authoritativeServers("mail.example.org", { resolver: resolver.address }));
    expect(error.message).toContain("no name servers");
    expect(error.hint).toContain("delegated");
  });
});

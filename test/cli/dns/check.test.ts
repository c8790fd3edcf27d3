import { join } from "node:path";
import type { Answer } from "dns-packet";
import { checkDns, type DnsReport } from "../../../cli/dns/check";
import { dsOf } from "../../../cli/dns/dnssec";
import { formatReport } from "../../../cli/dns/print";
import { reverseName } from "../../../cli/dns/reverse";
import { realWorld, type WebAnswer, type World } from "../../../cli/dns/world";
import { main } from "../../../cli/main";
import { plan, readSite } from "../../../plan";
import { fill } from "../../../plan/dns/fill";
import { ask } from "../../../provider/dns/query";
import type { KeyFacts } from "../../../roles/shared/records";
import { mtaStsPolicy } from "../../../roles/webmail/mta-sts";
import type { SiteSpec } from "../../../site";
import { silent } from "../../../system/progress";
import { NameServer } from "../../provider/dns/query/name-server";
import { keptOutput } from "../../support/output";
import { wire } from "./zone";

const FILE = join(__dirname, "site.yaml");
const PIN = "ab".repeat(32);
const DNSKEY = `257 3 13 ${Buffer.alloc(64, 7).toString("base64")}`;
const KEYS: KeyFacts = {
  "dkim-example.org-rsa": [{ selector: "r1", publicKey: "A".repeat(390) }],
  "dkim-example.org-ed25519": [{ selector: "e1", publicKey: "B".repeat(43) }],
  "tls-mail1": [{ selector: "k1", publicKey: PIN }],
  acme: [{ accountUri: "https://ca.example/account/1" }],
};

function site(): SiteSpec {
  const { site: read, problems } = readSite(FILE);
  if (read === undefined) throw new Error(JSON.stringify(problems));
  return read;
}

/** Everything that the site wants, as it would be published. */
function published(): Answer[] {
  const records = fill(plan(site()).records, KEYS).flatMap(({ name, type, values }) =>
    values.map((value) => wire(name, type, value)),
  );
  const reverse = plan(site()).reverse.map(({ address, name }) => wire(reverseName(address), "PTR", `${name}.`));
  const ds = dsOf("example.org", DNSKEY, 2) ?? "";
  return [...records, ...reverse, wire("example.org", "DNSKEY", DNSKEY), wire("example.org", "DS", ds), SOA];
}

const SOA: Answer = { type: "SOA", name: "example.org", data: { mname: "mail1.example.org", rname: "x.example.org" } };

const servers: NameServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

/** What is other than right. Milliseconds of patience: the servers are in this very process, which a busy machine holds up. */
interface Change {
  home?: Answer[];
  resolver?: Answer[];
  web?: Partial<WebAnswer>;
  key?: string;
  patience?: number;
}

/** The site's name server under both of its addresses, and a resolver; real ones, on other ports than in the site. */
async function world(change: Change = {}) {
  const home = await NameServer.start(change.home ?? published());
  const resolver = await NameServer.start(change.resolver ?? change.home ?? published(), { authenticated: true });
  servers.push(home, resolver);
  const addresses = ["192.0.2.11", "2001:db8::11"];
  const here: World = {
    resolvers: ["192.0.2.53"],
    ask: (server, name, type, options) =>
      ask(addresses.includes(server) ? home.address : resolver.address, name, type, {
        timeout: change.patience ?? 2000,
        tries: 1,
        ...options,
      }),
    nameServers: async () => [{ name: "mail1.example.org", addresses }],
    get: async () => ({ status: 200, contentType: "text/plain", text: mtaStsPolicy(site()), ...change.web }),
    smtpKey: async () => change.key ?? PIN,
  };
  return { home, resolver, here };
}

async function examine(here: World, keys: KeyFacts | "none" = KEYS): Promise<DnsReport> {
  return checkDns(site(), here, {
    keys: keys === "none" ? undefined : keys,
    publicResolvers: true,
    progress: silent,
  });
}

/** Subjects of what is not right. */
const wrong = (report: DnsReport) =>
  report.findings.filter(({ verdict }) => verdict !== "ok").map(({ subject, verdict }) => `${subject}: ${verdict}`);

/** The published records with some taken away and others added. */
const but = (without: (answer: Answer) => boolean, ...more: Answer[]) => [
  ...published().filter((answer) => !without(answer)),
  ...more,
];

test("a site whose records are all published is right in everything, and asks for nothing", async () => {
  const { here } = await world();
  const report = await examine(here);
  expect(wrong(report)).toEqual([]);
  expect(report).toMatchObject({ status: 0, judgedBy: "stack", counts: { ok: report.findings.length } });
  const kinds = new Set(report.findings.map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual(["dnssec", "mta-sts", "record", "reverse", "spf", "tls"]);
  // Each record set was asked of the name server itself, once for each of its addresses.
  const [home] = servers;
  expect(home?.asked.filter((asked) => asked === "udp example.org MX")).toHaveLength(2);
});

test("what is wrong is found, and what is recommended alone does not fail the run", async () => {
  const caa = await world({ home: but(({ type }) => type === "CAA") });
  expect(await examine(caa.here)).toMatchObject({ status: 0, counts: { missing: 1 } });

  const mx = await world({ home: but(({ type }) => type === "MX", wire("example.org", "MX", "5 old.example.")) });
  const report = await examine(mx.here);
  expect(report.status).toBe(1);
  expect(wrong(report)).toEqual(["example.org MX: different"]);
});

test("a foreign consent, a foreign reverse name and a second SPF record", async () => {
  const consent = "example.org._report._dmarc.monitor.example";
  const { here } = await world({
    home: but(
      ({ name, type }) => name === consent || (type === "PTR" && name.endsWith("in-addr.arpa")),
      wire(reverseName("192.0.2.11"), "PTR", "vps7.hoster.example."),
      wire("example.org", "TXT", '"v=spf1 mx -all"'),
    ),
  });
  const report = await examine(here);
  expect(wrong(report).sort()).toEqual(
    [`${consent} TXT: missing`, "192.0.2.11 PTR: different", "example.org TXT: extra"].sort(),
  );
  expect(report.status).toBe(1);
});

test("other servers must keep what DNS promises", async () => {
  const { here } = await world({ web: { status: 404 }, key: "cd".repeat(32) });
  const report = await examine(here);
  // A policy that is missing is not followed; a pin that does not fit loses mail.
  expect(report.status).toBe(1);
  expect(wrong(report)).toEqual([
    "example.org MTA-STS: missing",
    "mail1.example.org (192.0.2.11) port 25: failing",
    "mail1.example.org (2001:db8::11) port 25: failing",
  ]);
});

test("a resolver with the former answer is told apart from a name server without the new one", async () => {
  const old = but(({ type }) => type === "MX", wire("example.org", "MX", "5 old.example."));
  const { here } = await world({ resolver: old, home: published() });
  const report = await examine(here);
  expect(wrong(report)).toEqual(["example.org MX: partial"]);
  expect(report.findings.find(({ verdict }) => verdict === "partial")?.todo).toContain("300 s");
});

test("silence is neither right nor wrong", async () => {
  const { here, home } = await world({ patience: 100 });
  home.behaviour = { silentFor: 1e6 };
  const report = await examine(here);
  expect(report.status).toBe(2);
  const unknown = report.findings.find(({ subject }) => subject === "example.org MX");
  expect(unknown).toMatchObject({ verdict: "unknown" });
  expect(unknown?.found.map(({ problem }) => problem)).toEqual(["timeout", "timeout", undefined]);
});

test("without a stack keys need only be there; a first selector that is gone proves nothing", async () => {
  const other = but(
    ({ name }) => name.startsWith("e1.") || name.startsWith("r1."),
    wire("r1._domainkey.example.org", "TXT", '"v=DKIM1; k=rsa; p=CCCC"'),
  );
  const { here } = await world({ home: other });
  const report = await examine(here, "none");
  expect(report.judgedBy).toBe("shape");
  expect(wrong(report)).toEqual(["e1._domainkey.example.org TXT: unknown"]);
  // With a stack the same is wrong.
  expect(wrong(await examine(here))).toEqual([
    "e1._domainkey.example.org TXT: missing",
    "r1._domainkey.example.org TXT: different",
  ]);
});

test("a domain for which the stack has no key yet", async () => {
  const { "tls-mail1": pins = [], acme = [] } = KEYS;
  const { here } = await world();
  const report = await examine(here, { "tls-mail1": pins, acme });
  expect(wrong(report)).toEqual(["example.org DKIM: missing"]);
  expect(report.status).toBe(1);
});

test("a zone that is not delegated", async () => {
  const { resolver } = await world({ resolver: [] });
  const real = { ...realWorld([resolver.address]), get: async () => Promise.reject(new Error("no web here")) };
  const report = await checkDns(site(), real, { keys: undefined, publicResolvers: true, progress: silent });
  expect(report.findings[0]).toMatchObject({
    subject: "example.org delegation",
    verdict: "missing",
    level: "required",
  });
  expect(report.status).toBe(1);
});

test("programs get the same shape every time", async () => {
  const { here } = await world({ home: but(({ type }) => type === "MX") });
  const report = await examine(here);
  const kept = ["example.org MX", "192.0.2.11 PTR", "example.org DNSSEC", "example.org SPF", "example.org MTA-STS"];
  const findings = report.findings.filter(({ subject }) => kept.includes(subject));
  expect({ ...report, findings, counts: { ...report.counts, ok: "…" } }).toMatchSnapshot();
});

test("people see what is right in a line each, and of the rest what was wanted, found, and what to do", async () => {
  const { here } = await world({ home: but(({ type }) => type === "MX", wire("example.org", "MX", "5 old.example.")) });
  const text = formatReport(await examine(here), (part) => part);
  expect(text).toMatch(/^ {2}✓ example\.org TXT {2,}"v=spf1 ip4:192\.0\.2\.11/m);
  expect(text).toContain(
    [
      "  ✗ example.org MX: different (required: who takes the mail, RFC 5321)",
      "      wanted   10 mail1.example.org.",
      "      found    mail1.example.org (192.0.2.11)    5 old.example.",
      "               mail1.example.org (2001:db8::11)  5 old.example.",
      "               192.0.2.53                        5 old.example.",
      "      do       publish",
    ].join("\n"),
  );
  expect(text).toMatch(/1 different; something that is required is wrong\n$/);
});

describe("the command", () => {
  const printed = keptOutput();
  const run = (...args: string[]) => main(["node", "postfleet", "dns", ...args]);

  test("ends with 1 when something is wrong, and prints one JSON object", async () => {
    const resolver = await NameServer.start([]);
    servers.push(resolver);
    expect(await run("--json", "--resolver", resolver.address, FILE)).toBe(1);
    expect(JSON.parse(printed.out)).toMatchObject({
      site: "small",
      judgedBy: "shape",
      status: 1,
      nameServers: { "example.org": [] },
    });
    expect(printed.err).not.toBe("");
  });

  test("ends with 2 when nobody answers", async () => {
    const gone = await NameServer.start([]);
    await gone.stop();
    expect(await run(FILE, "--resolver", gone.address)).toBe(2);
    expect(printed.all).toContain("not all that is required could be found out");
  });

  test.each([
    [["no-such.yaml"], "there is no site file no-such.yaml"],
    [[FILE, "--resolver", "nonsense:x"], "not the address of a resolver"],
    [[join(__dirname, "zone.ts")], "not a valid site file"],
  ])("%j ends with 2 before anything is asked", async (args, text) => {
    expect(await run(...args)).toBe(2);
    expect(printed.all).toContain(text);
  });
});

/** The edge firewall lets in what the host's own firewall lets in: the rules are held against every role's real drop-in. */
import { type EdgeRule, rulesBySequence } from "../../components/ovh/addresses";
import { loadSite, plan, readSite } from "../../plan";
import { edgeRules } from "../../plan/edge-firewall";
import type { RoleInputs } from "../../provider/manifest";
import type { Rules } from "../../provider/ovh/ip/contract";
import { passing } from "../../provider/ovh/ip/rule-steps";
import { checkRules } from "../../provider/ovh/ip/rules";
import type { ValueMap } from "../../provider/values";
import type { Listener } from "../../roles/define";
import { nftables } from "../../roles/derived";
import type { SiteSpec } from "../../site";
import { declareSite, LAB_YAML, rolesIn } from "../components/site/mocks";
import { folderWith, hostKeyLine } from "../site/fixture";

interface Opening {
  source?: string;
  protocol: "tcp" | "udp";
  port: number;
}

/** What a host's nftables lets in over IPv4 from outside, read from what its roles write. */
function openings(roles: Map<string, RoleInputs>, host: string): Opening[] {
  const files = [...roles.entries()].filter(([name]) => name.endsWith(`-${host}`)).map(([, { files }]) => files);
  const texts = files.flatMap((each) =>
    Object.entries(each)
      .filter(([path]) => path.startsWith("/etc/nftables"))
      .map(([, { content }]) => content),
  );
  const rule = /^\s*(?:ip saddr (\{[^}]*\}|\S+) )?(tcp|udp) dport (\{[^}]*\}|\d+) accept$/gm;
  const list = (text = "") =>
    text
      .replace(/[{}]/g, "")
      .split(",")
      .map((part) => part.trim())
      .filter(Boolean);
  return texts.flatMap((text) =>
    [...text.matchAll(rule)].flatMap(([, sources, protocol, ports]) =>
      list(ports).flatMap((port): Opening[] => {
        const opening = { protocol: protocol as "tcp" | "udp", port: Number(port) };
        return sources === undefined ? [opening] : list(sources).map((source) => ({ ...opening, source }));
      }),
    ),
  );
}

/** Whether a packet passes the rules. */
const passes = (rules: EdgeRule[], { source = "0.0.0.1", protocol, port }: Opening): boolean =>
  passing(rulesBySequence(rules) as Rules, [{ protocol, source, destinationPort: port, established: false }])[0] ===
  true;

const TWO_HOSTS = LAB_YAML.replace(/^ *caFile: .*\n/m, "");
const ALL_ON_ONE = TWO_HOSTS.replace("webmail, nameserver]", "webmail, nameserver, backup]").replace(
  "mx: { greetWait: 2 }",
  "mx: { greetWait: 2 }\nmailstore: { pop3: true }",
);

describe.each([
  ["the lab's site", TWO_HOSTS],
  ["a host with all roles and POP3", ALL_ON_ONE],
])("%s", (_, yaml) => {
  let site: SiteSpec;
  let roles: Map<string, RoleInputs>;
  beforeAll(async () => {
    roles = rolesIn(await declareSite(yaml));
    site = siteOf(yaml);
  });

  test("what nftables opens passes the edge, for those it is open to", () => {
    for (const host of site.hosts) {
      const rules = edgeRules(plan(site), host);
      const found = openings(roles, host.name).filter(({ source }) => source !== host.address);
      expect(found.length).toBeGreaterThan(1);
      expect(found.filter((opening) => !passes(rules, opening))).toEqual([]);
    }
  });

  test("what is open to nobody or to hosts of ours only does not pass from elsewhere", () => {
    for (const host of site.hosts) {
      const rules = edgeRules(plan(site), host);
      const open = openings(roles, host.name).filter(({ source }) => source === undefined);
      for (const protocol of ["tcp", "udp"] as const) {
        for (const port of [
          22, 24, 25, 53, 80, 110, 143, 443, 465, 587, 993, 995, 4190, 8000, 10025, 10587, 11332, 11334, 12345, 65535,
        ]) {
          const expected = open.some((one) => one.protocol === protocol && one.port === port);
          expect([host.name, protocol, port, passes(rules, { protocol, port })]).toEqual([
            host.name,
            protocol,
            port,
            expected,
          ]);
        }
      }
    }
  });

  test("a stateless firewall lets pass: connections that exist, ICMP, answers of DNS and NTP; and then nothing", () => {
    for (const host of site.hosts) {
      const rules = rulesBySequence(edgeRules(plan(site), host)) as Rules;
      const base = { source: "0.0.0.1", established: false };
      expect(
        passing(rules, [
          { ...base, protocol: "tcp", destinationPort: 50_000, established: true },
          { ...base, protocol: "icmp" },
          { ...base, protocol: "udp", sourcePort: 53, destinationPort: 50_000 },
          { ...base, protocol: "udp", sourcePort: 123, destinationPort: 123 },
          { ...base, protocol: "udp", sourcePort: 1900, destinationPort: 50_000 },
          { ...base, protocol: "gre" },
        ]),
      ).toEqual([true, true, true, true, false, false]);
    }
  });

  test("they are at most 20, and the resource takes them", () => {
    for (const host of site.hosts) {
      const rules = edgeRules(plan(site), host);
      expect(rules.length).toBeLessThanOrEqual(20);
      expect(checkRules(rulesBySequence(rules) as unknown as ValueMap)).toEqual([]);
    }
  });
});

function siteOf(yaml: string): SiteSpec {
  const keys = ["10.66.0.11", "10.66.0.21"].map((address) => `${address} ${hostKeyLine()}\n`).join("");
  return loadSite(folderWith({ "lab.yaml": yaml, "lab.known_hosts": keys }));
}

describe("many hosts", () => {
  const many = (ovh: boolean): SiteSpec => {
    const site = siteOf(TWO_HOSTS);
    const [first] = site.hosts;
    if (!first) throw new Error("a host is wanted");
    const machine = { product: "server" as const, service: "ns1", firewall: true, reverse: true, additionalIps: [] };
    const more = Array.from({ length: 12 }, (_, i) => ({
      ...first,
      ...{ name: `more${i}`, address: `192.0.2.${i + 1}`, roles: ["mx" as const, "filter" as const] },
      ...(ovh && i > 0 ? { ovh: machine } : {}),
    }));
    return { ...site, hosts: [...site.hosts, ...more] };
  };
  const rulesOf = (site: SiteSpec) => edgeRules(plan(site), site.hosts[0] as SiteSpec["hosts"][number]);

  test("those at OVH are left out where there is no room: the edge does not see them", () => {
    const rules = rulesOf(many(true));
    expect(rules.length).toBeLessThanOrEqual(20);
    expect(rules.filter(({ source }) => source).map(({ source }) => source)).toEqual(["192.0.2.1"]);
  });

  test("those elsewhere all have their rule, and the resource refuses them too", () => {
    const rules = rulesOf(many(false));
    expect(rules.length).toBeGreaterThan(20);
    expect(checkRules(rulesBySequence(rules) as unknown as ValueMap)[0]?.reason).toContain("OVH takes 20");
  });

  test("a site file that comes to more than 20 is refused, and the host and a way out are named", () => {
    const more = (count: number, ovh: string) =>
      Array.from(
        { length: count },
        (_, i) =>
          `  more${i}: { address: 192.0.2.${i + 1}, roles: [mx]${ovh && `, ovh: { vps: vps-${i}.vps.ovh.net }`} }\n`,
      ).join("");
    const read = (count: number, { firewall = true, ovh = "" } = {}) => {
      const yaml = TWO_HOSTS.replace("  back1:", `${more(count, ovh)}  back1:`).replace(
        "    address: 10.66.0.11\n",
        `    address: 10.66.0.11\n    ovh: { server: ns1.example, firewall: ${firewall} }\n`,
      );
      const hosts = [...yaml.matchAll(/\baddress: ([0-9.]+)/g)].map(([, address]) => `${address} ${hostKeyLine()}\n`);
      return readSite(folderWith({ "lab.yaml": yaml, "lab.known_hosts": hosts.join("") }));
    };
    expect(read(3).problems).toEqual([]);
    expect(read(12).problems).toEqual([
      expect.objectContaining({
        path: "hosts.mail1.ovh.firewall",
        message: expect.stringMatching(/would need 2\d rules, 12 of them for hosts that are not at OVH/),
        allowed: "at most 20 rules",
        hint: expect.stringContaining("firewall: false"),
        severity: "error",
      }),
    ]);
    expect(read(12).site).toBeUndefined();
    expect(read(12, { firewall: false }).problems).toEqual([]);
    expect(read(12, { ovh: "yes" }).problems).toEqual([]);
  });

  test("lost hosts have none", () => {
    const site = many(false);
    for (const host of site.hosts.slice(1)) host.lost = true;
    expect(rulesOf(site).filter(({ source }) => source)).toEqual([]);
  });
});

describe("listeners that no role of ours has yet", () => {
  /** The plan of two hosts where one of them listens to something more. */
  const withListener = (listener: Omit<Listener, "from">, from: string[]) => {
    const site = siteOf(TWO_HOSTS);
    const made = plan(site);
    const [first] = site.hosts;
    if (!first) throw new Error("a host is wanted");
    const listens: Listener[] = [{ ...listener, from }];
    const instances = made.instances.map((one) => (one.id === `host-${first.name}` ? { ...one, listens } : one));
    return { rules: edgeRules({ ...made, instances }, first), drop: nftables(listens) };
  };
  const PEER = "10.66.0.21";

  test.each(["tcp", "udp"] as const)("%s that is open to hosts of ours passes both firewalls", (protocol) => {
    for (const to of ["site", ["backup"]] as const) {
      const { rules, drop } = withListener({ port: 4242, protocol, to }, [PEER]);
      const opening = { source: PEER, protocol, port: 4242 };
      expect(drop).toContain(`ip saddr { ${PEER} } ${protocol} dport 4242 accept`);
      expect(passes(rules, opening)).toBe(true);
      expect(passes(rules, { ...opening, source: "198.51.100.9" })).toBe(false);
    }
  });

  test("a host that only speaks UDP to ours may not speak TCP", () => {
    const { rules } = withListener({ port: 4242, protocol: "udp", to: "site" }, [PEER]);
    const toThem = rules.filter(({ source }) => source === PEER);
    expect(toThem).toEqual(expect.arrayContaining([{ action: "permit", protocol: "udp", source: PEER }]));
  });
});

test("a rule's number is its place unless it says so; no two have the same", () => {
  const deny: EdgeRule = { action: "deny", protocol: "ipv4" };
  expect(rulesBySequence([deny, { ...deny, sequence: 19 }])).toEqual({ 0: deny, 19: deny });
  expect(() => rulesBySequence([deny, deny, { ...deny, sequence: 1 }])).toThrow(/same number: 1\n/);
});

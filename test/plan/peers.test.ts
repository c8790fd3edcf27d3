/** Which hosts exchange what no public name carries, and under which addresses. */
import { isIPv6 } from "node:net";
import { plan, planned } from "../../plan";
import { edgeRules } from "../../plan/edge-firewall";
import { peersOf } from "../../plan/peers";
import { isLinkAddress, linkAddress } from "../../roles/shared/link";
import { host as hostNamed, type SiteSpec } from "../../site";
import { rendered } from "./rendered";
import { SPREAD, siteOf, stack } from "./sites";

const peers = (site: SiteSpec, name: string) => peersOf(site, hostNamed(site, name)).map((peer) => peer.name);
const linkedHosts = (yaml: string) => {
  const { instances } = plan(siteOf(yaml));
  return instances.filter(({ role }) => role === "link").map(({ host }) => host);
};

test("a host knows those that it turns to and those that turn to it, and no other", () => {
  const site = siteOf(SPREAD);
  expect(peers(site, "mx1")).toEqual(["relay1", "store1"]);
  expect(peers(site, "out1")).toEqual(["relay1", "store1"]);
  expect(peers(site, "relay1")).toEqual(["mx1", "mx2", "out1", "store1"]);
  // The mailstore teaches every filter and answers relay and submission.
  expect(peers(site, "store1")).toEqual(["mx1", "mx2", "out1", "relay1", "web1"]);
});

test("public names and backups do not go this way: their hosts have no link", () => {
  const site = siteOf(SPREAD);
  // The webmail's host has one for the list of bans alone.
  expect(peers(site, "web1")).toEqual(["store1"]);
  for (const name of ["back1", "back2"]) expect({ name, peers: peers(site, name) }).toEqual({ name, peers: [] });
  expect(linkedHosts(SPREAD)).not.toEqual(expect.arrayContaining(["back1"]));
});

test("where no roles of two hosts speak to one another there is no link: a site of one host, and one with a backup host", () => {
  expect(linkedHosts(stack("lab"))).toEqual([]);
  expect(
    linkedHosts(
      stack("lab")
        .replace(/^ {2}back1:\n( {4}.*\n)+/m, "")
        .replace(/^backups:.*\n( {2}.*\n)*/m, ""),
    ),
  ).toEqual([]);
});

test("a lost host leaves the link and keeps its role, so that nobody contacts it to take it away", () => {
  const site = siteOf(SPREAD.replace("roles: [mx] }\n  out1", "roles: [mx], lost: true }\n  out1"));
  expect(peers(site, "relay1")).toEqual(["mx1", "out1", "store1"]);
  expect(peers(site, "mx2")).toEqual([]);
  const { roles, plan: made } = rendered(site);
  expect(made.instances.find(({ id }) => id === "link-mx2")?.lost).toBe(true);
  const text = JSON.stringify(roles.filter(({ id }) => id === "link-relay1" || id === "link-mx2"));
  expect(text).not.toContain(linkAddress(site, hostNamed(site, "mx2")).concat("/128"));
  const files = (id: string) =>
    Object.keys(roles.find((one) => one.id === id)?.files ?? {}).filter((path) =>
      path.startsWith("/etc/postfleet/link/"),
    );
  expect(files("link-mx2")).toEqual([]);
  expect(files("link-relay1")).toEqual(
    ["private", "shared.mx1", "shared.out1", "shared.store1"].map((name) => `/etc/postfleet/link/${name}`),
  );
});

test("a host that is lost and replaced, on a site that had no link, gets none", () => {
  const lost = stack("lab")
    .replace(
      "  back1:\n",
      "  mail2:\n    address: 10.66.0.12\n    location: lille\n    hostname: mail.example.org\n    roles: [mx, submission, relay, filter, mailstore, webmail, nameserver]\n  back1:\n",
    )
    .replace("    address: 10.66.0.11\n", "    address: 10.66.0.11\n    lost: true\n");
  expect(linkedHosts(lost)).toEqual([]);
});

describe("addresses", () => {
  const site = siteOf(SPREAD);
  const all = site.hosts.map((host) => linkAddress(site, host));

  test("are IPv6, one a host, in one /64, and of the link as one sees by them", () => {
    expect(new Set(all).size).toBe(site.hosts.length);
    expect(all.filter((address) => !isIPv6(address) || !isLinkAddress(address))).toEqual([]);
    expect(new Set(all.map((address) => address.split(":").slice(0, 4).join(":"))).size).toBe(1);
    expect(["127.0.0.1", "192.0.2.1", "2001:db8::1", "fd66::11"].filter(isLinkAddress)).toEqual([]);
  });

  test("stay when hosts come and go, and another site has others", () => {
    const fewer = { ...site, hosts: site.hosts.slice(3) };
    const kept = fewer.hosts.map((host) => linkAddress(fewer, host));
    expect(kept).toEqual(all.slice(3));
    const other = { ...site, site: "elsewhere" };
    expect(all).not.toEqual(expect.arrayContaining([linkAddress(other, hostNamed(site, "mx1"))]));
  });

  test("once chosen never change: what hosts have would be another", () => {
    expect(linkAddress(site, hostNamed(site, "mx1"))).toMatchInlineSnapshot(
      `"fdc4:79ab:8be1:9098:5274:2123:4543:68f4"`,
    );
  });
});

describe("both firewalls", () => {
  const site = siteOf(SPREAD);
  const { roles, plan: made } = rendered(site);
  const dropIns = roles.flatMap(({ id, files }) =>
    Object.entries(files)
      .filter(([path]) => path.startsWith("/etc/nftables.d/"))
      .flatMap(([, text]) => text.split("\n").map((line) => ({ id, line }))),
  );

  test("what is for hosts of ours is open on the link alone, to its own address there", () => {
    const inner = dropIns.filter(({ line }) => /dport (24|10025|10587|11334|12345) /.test(line));
    expect(inner.length).toBeGreaterThan(6);
    const strange = inner.filter(
      ({ line }) =>
        !/^iifname "postfleet" ip6 saddr \{ (fdc4:79ab:8be1:[0-9a-f:]+(, )?)+ \} tcp dport \d+ accept$/.test(line),
    );
    expect(strange).toEqual([]);
  });

  test("on the way out a port of another host is for the users of the roles that turn to it", () => {
    const ofHost = roles.find(({ id }) => id === "host-store1")?.files["/etc/nftables.conf"] ?? "";
    expect(ofHost.match(/oifname "postfleet" .*/g)).toEqual([
      'oifname "postfleet" tcp dport 10587 meta skuid != { root, 5000, dovecot } counter reject with tcp reset',
      'oifname "postfleet" tcp dport 11334 meta skuid != { root, 5000, dovecot } counter reject with tcp reset',
    ]);
    const ofWebmail = roles.find(({ id }) => id === "host-web1")?.files["/etc/nftables.conf"] ?? "";
    expect(ofWebmail.match(/oifname "postfleet" .*/g)).toEqual([
      'oifname "postfleet" tcp dport 12347 meta skuid != { root, 5001 } counter reject with tcp reset',
    ]);
  });

  test("from outside there is one port more, UDP, for the peers", () => {
    expect(
      dropIns.filter(({ id, line }) => id === "link-mx2" && line.includes("dport")).map(({ line }) => line),
    ).toEqual([
      "ip saddr { 192.0.2.4, 192.0.2.5 } udp dport 51820 accept",
      "ip6 saddr { 2001:db8::5 } udp dport 51820 accept",
    ]);
  });

  test("OVH's edge lets in the link of the peers, and nothing else of the site's own", () => {
    const rules = edgeRules(made, { name: "mx2" }).filter(({ source }) => source);
    expect(rules).toEqual([
      { action: "permit", protocol: "udp", source: "192.0.2.4" },
      { action: "permit", protocol: "udp", source: "192.0.2.5" },
    ]);
  });
});

test("the link is up before what goes through it", () => {
  const { plan: made } = planned(siteOf(SPREAD));
  const wave = (id: string) => made.instances.find((one) => one.id === id)?.wave ?? -1;
  const links = made.instances.filter(({ role }) => role === "link").map(({ id }) => wave(id));
  for (const id of ["mx-mx1", "relay-relay1", "submission-out1", "mailstore-store1", "filter-mx2"])
    expect(wave(id)).toBeGreaterThan(Math.max(...links));
});

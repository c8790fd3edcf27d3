/** Where the role `bans` stands, what it is told, and what its table says; real.test.ts shows what it does. */
import { planned } from "../../../plan";
import { bans } from "../../../roles/bans";
import { mailstore } from "../../../roles/mailstore";
import { linkAddress } from "../../../roles/shared/link";
import { host } from "../../../site";
import { SPREAD, siteOf, stack } from "../../plan/sites";
import { describeInChroot, inChroot, stage } from "../../support/chroot";

const ARGS = { judge: { address: "192.0.2.5", port: 12347 }, ports: [465, 587] };
const rules = (more = {}) => bans.manifest({ ...ARGS, ...more }).files["/etc/postfleet/bans.nft"]?.content ?? "";
const on = (yaml: string) =>
  Object.fromEntries(
    planned(siteOf(yaml))
      .deployments.filter(({ instance }) => instance.role === "bans" && !instance.lost)
      .map(({ host, args }) => [host.name, args]),
  );

/** The address of a host for the others of its site. */
const byLink = (name: string) => {
  const site = siteOf(SPREAD);
  return linkAddress(site, host(site, name));
};

test("it stands where people log in, asks the mailstore's judge, and closes the ports of that host's logins", () => {
  const judge = { address: byLink("store1"), port: 12347 };
  expect(on(SPREAD)).toMatchObject({
    out1: { judge, ports: [465, 587], countedPorts: [] },
    store1: { judge: { address: "127.0.0.1", port: 12347 }, ports: [993, 4190], countedPorts: [993, 4190] },
    web1: { judge, ports: [443], countedPorts: [] },
  });
  expect(Object.keys(on(SPREAD)).sort()).toEqual(["out1", "store1", "web1"]);
  expect(on(`${stack("lab")}mailstore: { pop3: true }\n`)).toMatchObject({
    mail1: { ports: [443, 465, 587, 993, 995, 4190], countedPorts: [993, 995, 4190] },
  });
});

test("the site's hosts and the networks of the site file are allowed: here, by the judge, and by sshd", () => {
  const { deployments } = planned(siteOf(`${SPREAD}bans: { allow: [198.51.100.0/24], connections: 80 }\n`));
  const args = (id: string) => deployments.find(({ instance }) => instance.id === id)?.args as Record<string, unknown>;
  const allowed = ["192.0.2.1", "2001:db8::1", "192.0.2.8", "198.51.100.0/24"];
  for (const [id, key] of [
    ["bans-out1", "allowed"],
    ["mailstore-store1", "allowed"],
    ["host-mx1", "sshForgives"],
  ] as const) {
    expect([id, args(id)[key]]).toEqual([id, expect.arrayContaining(allowed)]);
    expect([id, args(id)[key]]).not.toEqual([id, expect.arrayContaining(["192.0.2.9"])]);
  }
  expect(args("bans-out1").connections).toBe(80);
});

test("only hosts with logins fetch the list, and only Dovecot on its own host asks the judge", () => {
  const { plan, deployments } = planned(siteOf(SPREAD));
  const store = plan.instances.find(({ id }) => id === "mailstore-store1");
  const at = (port: number) => store?.listens.find((each) => each.port === port);
  expect(at(12347)).toMatchObject({ to: ["bans"], from: [byLink("out1"), "192.0.2.5", "2001:db8::5", byLink("web1")] });
  expect(at(12346)).toEqual({ port: 12346, to: ["mailstore"] });
  const base = deployments.find(({ instance }) => instance.id === "host-store1")?.args as { innerPorts: object[] };
  expect(base.innerPorts).toContainEqual({ port: 12346, users: ["5000", "dovecot"] });
  expect(base.innerPorts).toContainEqual({ port: 12347, users: ["5001"] });
});

test("sshd's port is none of the table's, which is not the base ruleset's", () => {
  expect(rules()).toContain("tcp dport != { 465, 587 } return\n");
  expect(rules()).not.toMatch(/inet postfleet |dport 22\b/);
  expect(rules()).not.toContain("ct count");
});

test("no port at all is refused, since then nobody would be kept out", () => {
  expect(() => rules({ ports: [] })).toThrow("bans: no port is given. Allowed is a list of TCP ports");
});

test("Dovecot asks before it hashes, with a time limit, and goes on without an answer; its own penalty is off", () => {
  const conf =
    mailstore.manifest({
      hostname: "mail1.example.org",
      postmaster: "postmaster@example.org",
      relayHosts: [],
      submissionHosts: [],
      controllers: [],
    }).files["/etc/dovecot/postfleet/policy.conf"]?.content ?? "";
  expect(conf).toContain("auth_policy_server_url = http://127.0.0.1:12346/\n");
  expect(conf).not.toMatch(/reject_on_fail|check_before_auth/);
});

describeInChroot("nft", () => {
  const load = (text: string, twice = "") =>
    inChroot(
      "unshare",
      "--net",
      "sh",
      "-c",
      `cd ${stage({ "a.nft": text, "b.nft": twice || text })} && nft -c -f a.nft && nft -f a.nft && nft -f b.nft && nft list ruleset`,
    );

  test.each([
    ["nothing more", {}],
    ["counted ports", { ports: [993, 4190], countedPorts: [993, 4190], connections: 51 }],
    [
      "networks in networks",
      { allowed: ["198.51.100.0/24", "198.51.100.7", "198.51.100.0/25", "2001:db8::/32", "2001:db8::5"] },
    ],
  ])("takes the table with %s, twice", (_what, more) => {
    const said = load(rules(more));
    expect(said).toMatchObject({ status: 0, stderr: "" });
    expect(said.stdout.match(/chain input/g)).toHaveLength(1);
    expect(said.stdout.match(/@banned4 counter/g)).toHaveLength(1);
  });

  test("other ports and networks replace the old ones, and bans stay", () => {
    const banned = `${rules()}add element inet postfleet_bans banned4 { 203.0.113.66 timeout 900s }\n`;
    const { stdout } = load(banned, rules({ ports: [993], allowed: ["198.51.100.0/24"] }));
    expect(stdout).toMatch(/203\.0\.113\.66 timeout 15m/);
    expect(stdout).toContain("tcp dport != 993 return");
    expect(stdout).not.toContain("465");
  });

  test("refuses a mistake, so that the tests above can fail", () => {
    expect(load(rules().replace("counter drop", "counter dropp")).status).not.toBe(0);
  });
});

/** `postfleet undeclared`: what nobody declared on the hosts of a site, asked at once, and what the exit status says. */
import { main } from "../../cli/main";
import { type Ask, undeclaredOn } from "../../cli/undeclared";
import { siteOf } from "../plan/sites";
import { keptOutput } from "../support/output";

const SITE = siteOf(`site: own
ssh: { knownHosts: lab.known_hosts }
hosts:
  web1:
    address: 192.0.2.1
    undeclared: [{ what: user eve, allow: she helps, until: "2027-06-30" }]
  web2: { address: 192.0.2.2, location: other }
  gone: { address: 192.0.2.3, lost: true }
domains: { example.org: { mail: false } }
`);
const NOW = new Date("2027-01-01");
const EVE = { kind: "user", name: "eve", detail: "uid 0" };
const FILE = { kind: "file", name: "/etc/zz\u001b", detail: "8 bytes" };

/** Hosts that answer so. */
const hosts = (found: Record<string, (typeof EVE)[] | Error>): Ask => {
  return async ({ name }) => {
    const answer = found[name];
    if (answer === undefined || answer instanceof Error) throw answer ?? new Error(`${name} was asked`);
    return answer;
  };
};

test("nothing but what is allowed: status 0; a lost host is not asked", async () => {
  const { text, status } = await undeclaredOn(SITE, [], hosts({ web1: [EVE], web2: [] }), NOW);
  expect(text).toBe("web1: nothing that nobody declared\nweb2: nothing that nobody declared\n");
  expect(status).toBe(0);
});

test("something: status 1, escaped, by host; and what is idle", async () => {
  const report = await undeclaredOn(SITE, [], hosts({ web1: [], web2: [FILE] }), NOW);
  expect(report.status).toBe(1);
  expect(report.text).toContain("web1: allowed, and not on the host any more:\n  user eve\n");
  expect(report.text).toContain(
    "web2: nobody declared this; an update leaves it alone:\n  file /etc/zz\\x1b (8 bytes)\n",
  );
  expect(report.hosts).toMatchObject({ web1: { told: [], idle: [{ what: "user eve" }] }, web2: { idle: [] } });
});

test("a host that cannot be asked: status 2, and the others are told", async () => {
  const report = await undeclaredOn(SITE, [], hosts({ web1: new Error("web1: no SSH connection"), web2: [FILE] }), NOW);
  expect(report.status).toBe(2);
  expect(report.text).toContain("web1: no SSH connection\n");
  expect(report.text).toContain("file /etc/zz");
});

test("named hosts alone; one that there is not, or that is lost, is refused", async () => {
  expect(Object.keys((await undeclaredOn(SITE, ["web2"], hosts({ web2: [] }), NOW)).hosts)).toEqual(["web2"]);
  await expect(undeclaredOn(SITE, ["gone"], hosts({}), NOW)).rejects.toThrow(
    'there is no host "gone" to ask; the site has web1, web2',
  );
});

describe("the command", () => {
  const output = keptOutput();

  test("wants a stack", async () => {
    expect(await main(["node", "postfleet", "undeclared"])).toBe(2);
    expect(output.err).toContain("no stack was named");
  });
});

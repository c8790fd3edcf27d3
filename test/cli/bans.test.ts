/** `postfleet bans`: the judge of the site's mailstore is asked, and its answer and status are the command's. */
import { bansOf, type Run, readAddress } from "../../cli/bans";
import { main } from "../../cli/main";
import type { HostSpec } from "../../site";
import { siteOf } from "../plan/sites";
import { failureOf } from "../support/failure";
import { keptOutput } from "../support/output";

const SITE = siteOf(`site: own
ssh: { knownHosts: lab.known_hosts }
hosts:
  old1: { address: 192.0.2.1, roles: [mailstore], lost: true }
  store1: { address: 192.0.2.2, roles: [mailstore, relay, mx] }
domains: { example.org: {} }
accounts:
  mailboxes: { postmaster@example.org: {} }
`);

const asked: [string, string[]][] = [];
const host = (status: number, stdout: string, stderr = ""): Run => {
  asked.length = 0;
  return async ({ name }: HostSpec, argv) => {
    asked.push([name, argv]);
    return { status, stdout, stderr };
  };
};

test("the mailstore that is there is asked; what it says is shown, with what acts on a terminal escaped", async () => {
  const answer = await bansOf(SITE, ["list"], host(0, "192.0.2.66  until \u001b[2J\n"));
  expect(answer).toEqual({ text: "192.0.2.66  until \\x1b[2J\n", status: 0 });
  expect(asked).toEqual([["store1", ["/usr/local/sbin/postfleet-bans", "list"]]]);
});

test("lift: an address that was not banned is status 1", async () => {
  expect(await bansOf(SITE, ["lift", "192.0.2.66"], host(1, "192.0.2.66 was not banned\n"))).toMatchObject({
    status: 1,
  });
});

test("a host that cannot answer, one that cannot be reached, and a site without a mailstore: status 2, with what to do", async () => {
  const silent = await failureOf(bansOf(SITE, ["list"], host(127, "", "sh: postfleet-bans: not found\u0007")));
  expect(silent).toMatchObject({ status: 2, message: "store1: sh: postfleet-bans: not found\\x07" });
  const unreachable = bansOf(SITE, ["list"], async () => {
    throw new Error("store1: no SSH connection");
  });
  expect(await failureOf(unreachable)).toMatchObject({ status: 2, message: "store1: no SSH connection" });
  const none = bansOf({ ...SITE, hosts: [] }, ["list"], host(0, ""));
  expect(await failureOf(none)).toMatchObject({ status: 2, hint: "give a host that role" });
});

test.each(["nobody", "", "192.0.2.0/24", "fe80::1%eth0", "192.0.2.1; reboot"])("%j is no address", (given) => {
  expect(() => readAddress(given)).toThrow(/is no address\. Allowed is one IPv4 or IPv6 address/);
});

describe("the command", () => {
  const output = keptOutput();

  test("wants a stack, and an address that is one", async () => {
    expect(await main(["node", "postfleet", "bans", "list"])).toBe(2);
    expect(output.err).toContain("no stack was named");
    expect(await main(["node", "postfleet", "bans", "lift", "nobody", "--stack", "lab"])).toBe(2);
    expect(output.err).toContain('"nobody" is no address');
  });
});

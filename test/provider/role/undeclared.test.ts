/** What nobody declared on a host, as a preview tells it: once, by the role that stands on every host, and never a change. */

import { onTheWire, SILENT } from "../../../provider/handler";
import type { Undeclared } from "../../../provider/host";
import { BASE_ROLE, type RoleInputs } from "../../../provider/manifest";
import { RoleHandler } from "../../../provider/role/handler";
import { undeclaredNote } from "../../../provider/role/undeclared";
import { FakeHosts, HOST, mx, values } from "./fake-hosts";

const file = (name: string): Undeclared => ({ kind: "file", name, detail: "8 bytes, mode 0644, root:root" });
const nothing = { allowed: [], removed: {} };
const base = (): RoleInputs => ({ ...mx(), role: BASE_ROLE });

async function preview(found: Undeclared[], wanted = base(), infos = false) {
  const [hosts, told] = [new FakeHosts(), [] as string[]];
  hosts.live = (seen) => {
    seen.undeclared = found;
  };
  const role = onTheWire(new RoleHandler(hosts, { mail1: HOST }));
  const tell = (message: string) => void told.push(message);
  const report = { ...SILENT, warn: tell, ...(infos ? { info: tell } : {}) };
  const state = { id: "mail1/host", inputs: values(base()), outputs: values(base()) };
  const read = await role.read(state, report);
  if (!read) throw new Error("the role is gone");
  expect(await role.diff(read, read.inputs, SILENT, true)).toEqual({});
  return { changes: await role.diff(read, values(wanted), report, false), told, calls: hosts.calls };
}

test("a preview tells it in one warning of its host, and sees no change in it", async () => {
  const { changes, told, calls } = await preview([file("/etc/zz"), file("/etc/nftables.d/zz.nft")]);
  expect(changes).toEqual({});
  expect(told).toEqual([
    "mail1 host: nobody declared these; an update leaves them alone:\n" +
      "  file /etc/nftables.d/zz.nft (8 bytes, mode 0644, root:root)\n" +
      "  file /etc/zz (8 bytes, mode 0644, root:root)\n" +
      "  hint: look who put it there; under `undeclared` of the host in the site file it can be allowed for a time, or removed",
  ]);
  expect(calls).toEqual(["observe mail1 host"]);
});

test("nothing that nobody declared: not a word", async () => {
  expect((await preview([])).told).toEqual([]);
});

test("more than 40 are counted", () => {
  const note = undeclaredNote(
    Array.from({ length: 57 }, (_, n) => file(`/etc/x${n}`)),
    nothing,
  );
  expect(note?.match(/\/etc\/x/g)).toHaveLength(40);
  expect(note).toContain("  … and 17 more\n");
});

test("what would move the cursor, begin a line or turn the writing round is shown as its number", () => {
  const note = undeclaredNote([file("/etc/cron.d/\u001b[2K\nx\u202e\u0085\ud800")], nothing);
  expect(note).toContain("  file /etc/cron.d/\\x1b[2K\\nx\\u202e\\x85\\ud800 (8 bytes");
});

test("where no host was asked, nothing is said of allowances either", async () => {
  const told: string[] = [];
  const role = onTheWire(new RoleHandler(new FakeHosts(), { mail1: HOST }));
  const wanted = { ...base(), allowed: [{ what: "user eve", why: "she helps", until: "2999-01-01" }] };
  const state = { id: "mail1/host", inputs: values(base()), outputs: values(base()) };
  const report = { ...SILENT, warn: (message: string) => void told.push(message) };
  expect(await role.diff(state, values(wanted), report, false)).toEqual({});
  expect(told).toEqual([]);
});

describe("what the site file says of it", () => {
  const found = [file("/etc/cron.d/inventory"), file("/opt/agent/run"), { kind: "user", name: "eve", detail: "uid 0" }];
  const allow = (what: string, until = "2027-06-30") => ({ what, why: "the data centre's agent", until });
  const day = (text: string) => new Date(text);

  test("what is allowed is not shown before the day, a directory with all below it", () => {
    const allowed = [allow("file /etc/cron.d/inventory"), allow("directory /opt/agent"), allow("user eve")];
    expect(undeclaredNote(found, { allowed, removed: {} }, day("2027-06-29T23:59:59Z"))).toBeUndefined();
    const over = undeclaredNote(found, { allowed, removed: {} }, day("2027-06-30T00:00:00Z"));
    expect(over?.match(/allowed until 2027-06-30 because: the data centre's agent/g)).toHaveLength(3);
  });

  test("a time in UTC counts to the minute", () => {
    const allowed = [allow("user eve", "2027-06-30T14:30")];
    const [eve] = found.slice(2);
    const note = (now: string) => undeclaredNote(eve ? [eve] : [], { allowed, removed: {} }, day(now));
    expect(note("2027-06-30T14:29:59Z")).toBeUndefined();
    expect(note("2027-06-30T14:30:00Z")).toContain("user eve (uid 0); allowed until 2027-06-30T14:30 because");
  });

  test("an entry allows one thing, not those whose names begin alike", () => {
    const allowed = [
      allow("file /etc/cron.d/inv"),
      allow("directory /opt/age"),
      allow("directory /etc/cron.d/inventory"),
    ];
    const note = undeclaredNote(found, { allowed, removed: {} }, day("2027-01-01"));
    expect(note).toContain("  file /etc/cron.d/inventory (");
    expect(note).toContain("  file /opt/agent/run (");
  });

  test("an entry that is about nothing any more is told as idle", () => {
    const note = undeclaredNote([], { allowed: [allow("user eve")], removed: {} }, day("2027-01-01"));
    expect(note).toBe(
      "allowed, and not on the host any more:\n  user eve\n  hint: take it out of `undeclared` in the site file",
    );
  });

  test("a name with control characters is allowed as it is shown", () => {
    const allowed = [allow("file /etc/x\\x1b")];
    expect(undeclaredNote([file("/etc/x\u001b")], { allowed, removed: {} }, day("2027-01-01"))).toBeUndefined();
  });

  test("a preview asks the file as it is now, not as it was at the last update; allowing is no change", async () => {
    const wanted = { ...base(), allowed: [allow("file /etc/zz", "2999-01-01")] };
    const { changes, told } = await preview([file("/etc/zz")], wanted);
    expect({ changes, told }).toEqual({ changes: {}, told: [] });
  });

  test("what is to be removed is shown as that, with what it reloads, and not as a stranger too", async () => {
    const path = "/etc/postfix-mx/zz";
    const reload = {
      "postfix@mx.service": { enabled: true, running: true, reloadOn: ["/etc/postfix-mx/"], restartOn: [] },
    };
    const wanted = { ...base(), services: reload, removed: { [path]: "nobody declared it" } };
    const { changes, told } = await preview([file(path)], wanted, true);
    expect(changes).toEqual({ [`removed["${path}"]`]: "add" });
    expect(told).toEqual([`mail1 host\n  - ${path} (nobody declared it)\n  reloads postfix@mx.service`]);
  });
});

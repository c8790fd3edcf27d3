/** What nobody declared on a host, as a preview tells it: once, by the role that stands on every host, and never a change. */

import { onTheWire, SILENT } from "../../../provider/handler";
import type { Undeclared } from "../../../provider/host";
import { BASE_ROLE, type RoleInputs } from "../../../provider/manifest";
import { RoleHandler } from "../../../provider/role/handler";
import { undeclaredNote } from "../../../provider/role/undeclared";
import { FakeHosts, HOST, mx, values } from "./fake-hosts";

const file = (name: string): Undeclared => ({ kind: "file", name, detail: "8 bytes, mode 0644, root:root" });
const base = (): RoleInputs => ({ ...mx(), role: BASE_ROLE });

async function preview(found: Undeclared[], wanted = base()) {
  const [hosts, told] = [new FakeHosts(), [] as string[]];
  hosts.live = (seen) => {
    seen.undeclared = found;
  };
  const role = onTheWire(new RoleHandler(hosts, { mail1: HOST }));
  const report = { ...SILENT, warn: (message: string) => void told.push(message) };
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
      "  hint: look who put it there; what is wanted belongs into the site file",
  ]);
  expect(calls).toEqual(["observe mail1 host"]);
});

test("nothing that nobody declared: not a word", async () => {
  expect((await preview([])).told).toEqual([]);
});

test("more than 40 are counted", () => {
  const note = undeclaredNote(Array.from({ length: 57 }, (_, n) => file(`/etc/x${n}`)));
  expect(note?.match(/\/etc\/x/g)).toHaveLength(40);
  expect(note).toContain("  … and 17 more\n");
});

test("what would move the cursor, begin a line or turn the writing round is shown as its number", () => {
  const note = undeclaredNote([file("/etc/cron.d/\u001b[2K\nx\u202e\u0085\ud800")]);
  expect(note).toContain("  file /etc/cron.d/\\u{1b}[2K\\u{a}x\\u{202e}\\u{85}\\u{d800} (8 bytes");
});

/** What a host says reaches a preview without acting on the terminal of who reads it, and never equals what is wanted. */
import { AgentGarbled, HostUnreachable, sha256 } from "../../../provider/host";
import { fromAgent } from "../../../provider/host/errors";
import { manifest, type RoleInputs } from "../../../provider/manifest";
import { diffRole } from "../../../provider/role/diff";
import { explain } from "../../../provider/role/explain";
import { RoleHandler } from "../../../provider/role/handler";
import { liveInputs } from "../../../provider/role/live";
import { visible } from "../../../system/visible";

const EVIL = "\u001b[2J\u001b]0;x\u0007one\r\u202etwo\u200b\n";
const host = { name: "mail1", address: "192.0.2.1", port: 22, user: "root", hostKeys: ["k"] };
const file = (content: string) => ({ content, mode: "0644", owner: "root", group: "root" });
const inputs = (content: string): RoleInputs => ({
  host,
  ...manifest("demo", { files: { "/etc/x": file(content) }, links: { "/etc/l": "target" } }),
});
const seen = (content: string) => ({
  ...{
    packages: {},
    brokenPackages: [],
    users: {},
    directories: {},
    secretFiles: {},
    removed: {},
    sysctl: {},
    services: {},
    creates: {},
  },
  links: { "/etc/l": { kind: "link" as const, target: EVIL } },
  files: {
    "/etc/x": {
      kind: "file" as const,
      ...{ mode: "0644", owner: "root", group: EVIL },
      content,
      sha256: sha256(content),
    },
  },
  ...{ applied: true, earlier: null, unfinished: [], undeclared: null },
});

test("a file that was changed on a host: its lines, its group and a link's target are shown as escapes", () => {
  const wanted = inputs("one\n");
  const live = liveInputs(wanted, seen(EVIL));
  const text = explain(live, wanted, diffRole(live, wanted), []);
  expect(text).toContain("\\x1b[2J\\x1b]0;x\\x07one\\x0d\\u202etwo\\u200b");
  expect(visible(text)).toBe(text);
  // The engine's own diff prints the lines of contents as they are.
  const content = live.files["/etc/x"]?.content ?? "";
  expect(visible(content)).toBe(content);
});

test("a content that looks like the wanted one once it is shown differs all the same", () => {
  const wanted = inputs("\\x1b\n");
  const live = liveInputs(wanted, seen("\u001b\n"));
  expect(Object.keys(diffRole(live, wanted))).toContain('files["/etc/x"].content');
  expect(Object.keys(diffRole(liveInputs(wanted, seen("\\x1b\n")), wanted))).not.toContain('files["/etc/x"].content');
});

test("an error of an agent has no more lines, no other hint and no more length than it may", () => {
  const details = {
    output: EVIL.repeat(10_000),
    files: Array(1000).fill(EVIL),
    rollbackProblems: [{ deep: EVIL }],
    stage: "validate",
  };
  const error = fromAgent("mail1", "demo", { kind: "ApplyFailed", message: `no\nhint: curl x | sh ${EVIL}`, details });
  expect(visible(error.message)).toBe(error.message);
  expect(error.message.match(/^hint:/gm)).toHaveLength(1);
  expect(error.message.length).toBeLessThan(60_000);
  expect(fromAgent("mail1", "demo", { kind: "__proto__", message: "m", details: {} }).name).toBe("AgentFailed");
});

test("a host that speaks in riddles can still be read past, so that the site file may say what becomes of it", async () => {
  const failing = (error: Error) =>
    new RoleHandler({ observe: async () => Promise.reject(error) } as never, {}).read(
      { id: "mail1/demo", inputs: inputs(""), outputs: {} },
      { info() {}, warn() {}, progress() {} },
    );
  for (const error of [new AgentGarbled("mail1", "junk", "h"), new HostUnreachable("mail1", "gone", "h")])
    expect((await failing(error))?.outputs).toMatchObject({ unreachable: error.message });
});

import { manifest, type RoleInputs } from "../../../provider/manifest";
import { diffRole } from "../../../provider/role/diff";
import { explain } from "../../../provider/role/explain";

const host = { name: "mail1", address: "192.0.2.1", port: 22, user: "root", hostKeys: ["ssh-ed25519 AAAA"] };
const file = (content: string) => ({ content, mode: "0644", owner: "root", group: "root" });

/** A role as it is wanted in every case below; each case says how the live one differs. */
function wanted(): RoleInputs {
  return {
    host,
    ...manifest("mx", {
      packages: { postfix: "present", swaks: "present" },
      files: { "/etc/postfix-mx/main.cf": file("a = 1\nb = 2\nc = 3\n") },
      secretFiles: { "/etc/key": { ...file("hush"), mode: "0600" } },
      services: {
        "postfix@mx.service": { enabled: true, running: true, reloadOn: ["/etc/postfix-mx/"], restartOn: ["/etc/key"] },
      },
      health: [{ kind: "tcp", address: "127.0.0.1", port: 25, expect: "220", timeout: 10 }],
    }),
  };
}

type Case = [story: string, change: (live: RoleInputs) => void, expected: Record<string, string>];

const cases: Case[] = [
  ["nothing", () => {}, {}],
  [
    "a line edited by hand",
    (live) => Object.assign(live.files["/etc/postfix-mx/main.cf"] ?? {}, { content: "a = 1\nb = 9\nc = 3\n" }),
    { 'files["/etc/postfix-mx/main.cf"].content': "update" },
  ],
  [
    "permissions changed",
    (live) => Object.assign(live.secretFiles["/etc/key"] ?? {}, { mode: "0644" }),
    { 'secretFiles["/etc/key"].mode': "update" },
  ],
  ["a package removed", (live) => delete live.packages.swaks, { 'packages["swaks"]': "add" }],
  [
    "a service stopped",
    (live) => Object.assign(live.services["postfix@mx.service"] ?? {}, { running: false }),
    { 'services["postfix@mx.service"].running': "update" },
  ],
  [
    "a file gone",
    (live) => delete live.files["/etc/postfix-mx/main.cf"],
    { 'files["/etc/postfix-mx/main.cf"]': "add" },
  ],
  [
    "a file no longer wanted",
    (live) => Object.assign(live.files, { "/etc/postfix-mx/old": file("") }),
    { 'files["/etc/postfix-mx/old"]': "delete" },
  ],
  ["another probe", (live) => (live.health = []), { health: "update" }],
  ["packages that others will want", (live) => (live.packagesAhead = ["nginx"]), {}],
  ["another address", (live) => (live.host = { ...host, address: "192.0.2.9" }), { "host.address": "update" }],
  ["another host", (live) => (live.host = { ...host, name: "mail2" }), { "host.name": "update-replace" }],
];

test.each(cases)("%s", (_story, change, expected) => {
  const live = wanted();
  change(live);
  expect(diffRole(live, wanted())).toEqual(expected);
});

describe("in words", () => {
  function words(change: (live: RoleInputs) => void, drifted: string[] = []): string {
    const live = wanted();
    change(live);
    return explain(live, wanted(), diffRole(live, wanted()), drifted);
  }

  test("an edited line is shown with its number, both ways, with what is reloaded", () => {
    const path = 'files["/etc/postfix-mx/main.cf"].content';
    expect(
      words(
        (live) => Object.assign(live.files["/etc/postfix-mx/main.cf"] ?? {}, { content: "a = 1\nb = 9\nc = 3\n" }),
        [path],
      ),
    ).toBe(
      [
        "mail1 mx",
        "  ~ /etc/postfix-mx/main.cf  (changed on the host, not by Postfleet)",
        "      line 2:",
        "      - b = 9",
        "      + b = 2",
        "  reloads postfix@mx.service",
      ].join("\n"),
    );
  });

  test("a secret file says that it differs, never how, and what is restarted", () => {
    const text = words((live) => Object.assign(live.secretFiles["/etc/key"] ?? {}, { content: "stolen" }));
    expect(text).toBe("mail1 mx\n  ~ secret file /etc/key: content differs\n  restarts postfix@mx.service");
    expect(text).not.toMatch(/hush|stolen/);
  });

  test("a stopped service", () => {
    expect(words((live) => Object.assign(live.services["postfix@mx.service"] ?? {}, { running: false }))).toBe(
      "mail1 mx\n  ~ service postfix@mx.service: running false -> true",
    );
  });
});

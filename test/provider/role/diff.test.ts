import { manifest, type RoleInputs } from "../../../provider/manifest";
import { diffRole } from "../../../provider/role/diff";
import { explain } from "../../../provider/role/explain";
import { UNKNOWN } from "../../../provider/values";

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

  const added = { argv: ["postmap", "/etc/postfix-mx/map"], onChange: [] };
  const probe = { kind: "tcp", address: "::1", port: 25, expect: "220", timeout: 10 } as const;
  const small = wanted();
  const lists: [story: string, change: (live: RoleInputs) => void, lines: string[]][] = [
    ["a command less", (live) => (live.prepare = [added]), ["- prepare postmap /etc/postfix-mx/map"]],
    [
      "a script among the words",
      (live) => (live.validate = [{ argv: ["sh", "-c", `echo\n${"x".repeat(80)}`] }]),
      [`- validate sh -c 'echo ${"x".repeat(54)}…'`],
    ],
    [
      "another address, so another probe",
      (live) => (live.health = [probe]),
      ["+ probe tcp 127.0.0.1:25", "- probe tcp [::1]:25"],
    ],
    [
      "a probe that waits longer",
      (live) => (live.health = [{ ...probe, address: "127.0.0.1", timeout: 3 }]),
      ["~ probe tcp 127.0.0.1:25: timeout 3 -> 10"],
    ],
    ["a path kept", (live) => (live.keep = ["/srv/mail"]), ["- keep /srv/mail"]],
    ["a package", (live) => delete live.packages.swaks, ["+ package swaks"]],
    ["another version", (live) => (live.packages.swaks = "1.0"), ['~ package swaks: "1.0" -> "present"']],
    [
      "a file gone",
      (live) => delete live.files["/etc/postfix-mx/main.cf"],
      ["+ file /etc/postfix-mx/main.cf (0644 root:root, 3 lines)", "reloads postfix@mx.service"],
    ],
    [
      "a file too many",
      (live) => Object.assign(live.files, { "/etc/old": file("a\nb") }),
      ["- file /etc/old (0644 root:root, 2 lines)"],
    ],
    [
      "a secret file gone",
      (live) => delete live.secretFiles["/etc/key"],
      ["+ secret file /etc/key (0600 root:root)", "restarts postfix@mx.service"],
    ],
    ["a link too many", (live) => (live.links = { "/etc/l": "m" }), ["- link /etc/l -> m"]],
    [
      "another address of the host",
      (live) => (live.host = { ...host, address: "192.0.2.9" }),
      ['~ host.address "192.0.2.9" -> "192.0.2.1"'],
    ],
  ];

  test.each(lists)("%s", (_story, change, lines) => {
    expect(words(change)).toBe(["mail1 mx", ...lines.map((line) => `  ${line}`)].join("\n"));
  });

  test("commands in another order", () => {
    const [one, two] = [added, { argv: ["true"], onChange: [] }];
    const [live, after] = [
      { ...small, prepare: [one, two] },
      { ...small, prepare: [two, one] },
    ];
    expect(explain(live, after, diffRole(live, after), [])).toBe("mail1 mx\n  ~ prepare: in another order");
  });

  test("a content that a preview does not know yet is not shown as lines", () => {
    const after = { ...small, files: { "/etc/postfix-mx/main.cf": file(UNKNOWN) } };
    const text = explain(small, after, diffRole(small, after), []);
    expect(text).toContain("(the new content is not known yet)");
    expect(text).not.toContain(UNKNOWN);
  });
});

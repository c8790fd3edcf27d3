/** What is made of an observation: manifest + observed facts -> what the preview says, as data. */
import { type Observation, sha256 } from "../../../provider/host";
import { drift, earlier, liveInputs, obstacles, recognised, unfinished } from "../../../provider/role/live";
import { conforming, mx, textFile } from "./fake-hosts";

const MAIN = "/etc/postfix-mx/main.cf";
const SERVICE = "postfix@mx.service";
const wanted = () =>
  mx({
    packages: { postfix: "present", rspamd: "3.12-1" },
    users: { vmail: { home: "/srv/mail", shell: "/usr/sbin/nologin", groups: ["ssl-cert"] } },
  });
const fine = () => {
  const seen = conforming(wanted());
  return { ...seen, packages: { ...seen.packages, rspamd: "3.12-1" } };
};
const owned = { mode: "0644", owner: "root", group: "root" };

type Case = [story: string, change: (seen: Observation) => void, drifted: string[]];
const cases: Case[] = [
  ["as it was left", () => {}, []],
  ["a package gone", (seen) => (seen.packages.postfix = null), ['packages["postfix"]']],
  ["any version, where none is pinned", (seen) => (seen.packages.postfix = "4.0"), []],
  ["another version than the pinned one", (seen) => (seen.packages.rspamd = "3.11-2"), ['packages["rspamd"]']],
  ["a file gone", (seen) => (seen.files[MAIN] = null), [`files["${MAIN}"]`]],
  [
    "a directory in the place of a file",
    (seen) => (seen.files[MAIN] = { kind: "directory", ...owned }),
    [`files["${MAIN}"]`],
  ],
  [
    "a file in the place of a directory",
    (seen) => (seen.directories["/etc/postfix-mx"] = { kind: "file", ...owned }),
    ['directories["/etc/postfix-mx"]'],
  ],
  [
    "other permissions and another owner",
    (seen) => (seen.files[MAIN] = { ...seen.files[MAIN], kind: "file", mode: "0666", owner: "alice" }),
    [`files["${MAIN}"].mode`, `files["${MAIN}"].owner`],
  ],
  [
    "a binary content",
    (seen) => (seen.files[MAIN] = { kind: "file", ...owned, sha256: "f00", unshown: "binary" }),
    [`files["${MAIN}"].content`],
  ],
  [
    "another secret",
    (seen) => (seen.secretFiles["/etc/key"] = { kind: "file", ...owned, mode: "0600", sha256: "f00" }),
    ['secretFiles["/etc/key"].content'],
  ],
  ["a link elsewhere", (seen) => (seen.links["/etc/link"] = { kind: "link", target: "x" }), ['links["/etc/link"]']],
  [
    "a file in the place of a link",
    (seen) => (seen.links["/etc/link"] = { kind: "file", ...owned, sha256: "f00" }),
    ['links["/etc/link"]'],
  ],
  [
    "a kernel setting that holds until the next boot only",
    (seen) => (seen.sysctl["net.ipv4.ip_forward"] = { value: "1", persisted: null }),
    ['sysctl["net.ipv4.ip_forward"]'],
  ],
  [
    "a kernel setting that the next boot would change",
    (seen) => (seen.sysctl["net.ipv4.ip_forward"] = { value: "1", persisted: "0" }),
    ['sysctl["net.ipv4.ip_forward"]'],
  ],
  [
    "a kernel setting changed until the next boot",
    (seen) => (seen.sysctl["net.ipv4.ip_forward"] = { value: "0", persisted: "1" }),
    ['sysctl["net.ipv4.ip_forward"]'],
  ],
  [
    "a service stopped and disabled",
    (seen) => Object.assign(seen.services[SERVICE] ?? {}, { running: false, enabled: false }),
    [`services["${SERVICE}"].enabled`, `services["${SERVICE}"].running`],
  ],
  ["a unit without a switch", (seen) => Object.assign(seen.services[SERVICE] ?? {}, { enabled: null }), []],
  [
    "a unit masked by hand",
    (seen) => Object.assign(seen.services[SERVICE] ?? {}, { masked: true, enabled: false, running: false }),
    [`services["${SERVICE}"].enabled`, `services["${SERVICE}"].running`, `services["${SERVICE}"].masked`],
  ],
  [
    "no such unit any more",
    (seen) => Object.assign(seen.services[SERVICE] ?? {}, { load: "not-found", running: false, enabled: false }),
    [`services["${SERVICE}"]`],
  ],
  ["a user gone", (seen) => (seen.users.vmail = null), ['users["vmail"]']],
  [
    "a user in more groups than ours",
    (seen) => Object.assign(seen.users.vmail ?? {}, { groups: ["adm", "ssl-cert"] }),
    [],
  ],
  [
    "a user in fewer groups",
    (seen) => Object.assign(seen.users.vmail ?? {}, { groups: ["adm"] }),
    ['users["vmail"].groups'],
  ],
];

test.each(cases)("%s", (_story, change, drifted) => {
  const seen = fine();
  change(seen);
  expect(drift(wanted(), liveInputs(wanted(), seen))).toEqual(drifted);
});

test("a unit that must not run need not exist", () => {
  const off = mx({ services: { x: { enabled: false, running: false, reloadOn: [], restartOn: [] } } });
  const seen = conforming(off);
  Object.assign(seen.services.x ?? {}, { load: "not-found" });
  expect(drift(off, liveInputs(off, seen))).toEqual([]);
});

test("a content that stays on the host is named by its hash, and known again by it", () => {
  const seen = fine();
  const hash = sha256("new\n");
  seen.secretFiles["/etc/key"] = { kind: "file", ...owned, mode: "0600", sha256: hash };
  const live = liveInputs(wanted(), seen);
  expect(live.secretFiles["/etc/key"]?.content).toBe(`(other content, SHA-256 ${hash})`);
  const next = { ...wanted(), secretFiles: { "/etc/key": textFile("new\n", "0600") } };
  expect(drift(next, recognised(live, next))).toEqual([]);
  expect(drift(wanted(), recognised(live, wanted()))).toEqual(['secretFiles["/etc/key"].content']);
});

describe("the end of an apply that nobody heard of", () => {
  const told = (end: Partial<NonNullable<Observation["earlier"]>>) =>
    earlier({ ...fine(), earlier: { id: "1", role: "mx", finished: 0, ...end } });

  test("is told", () => {
    expect(earlier(fine())).toBeUndefined();
    expect(told({})).toBe("an update whose connection was lost went on to its end on the host");
    expect(told({ error: { kind: "ApplyFailed", message: "`postfix check` failed", details: {} } })).toContain(
      "failed on the host and was rolled back: `postfix check` failed",
    );
    expect(told({ interrupted: true, files: [MAIN], problems: ["/x: no space"] })).toBe(
      `an update was interrupted on the host; what it had changed was put back (${MAIN})\n  /x: no space`,
    );
  });
});

describe("what an update would refuse is said by the preview", () => {
  const told = (change: (seen: Observation) => void) => {
    const seen = fine();
    change(seen);
    return obstacles(wanted(), seen);
  };

  test("nothing stands in the way of what can be replaced", () => {
    expect(told(() => {})).toEqual([]);
    expect(told((seen) => (seen.files[MAIN] = { kind: "link", target: "x" }))).toEqual([]);
    expect(told((seen) => (seen.links["/etc/link"] = { kind: "file", ...owned, sha256: "f00" }))).toEqual([]);
  });

  test("a directory or a device in the place of a file, a file in the place of a directory", () => {
    const [directory] = told((seen) => (seen.files[MAIN] = { kind: "directory", ...owned }));
    expect(directory).toContain(`${MAIN} is a directory, and a file belongs there`);
    expect(directory).toContain(`hint: look at it on the host, then move it away: mv ${MAIN} ${MAIN}.aside`);
    const [device] = told((seen) => (seen.secretFiles["/etc/key"] = { kind: "other", ...owned }));
    expect(device).toContain("/etc/key is a device, pipe or socket, and a file belongs there");
    const [file] = told((seen) => (seen.directories["/etc/postfix-mx"] = { kind: "file", ...owned }));
    expect(file).toContain("/etc/postfix-mx is a file, and a directory belongs there");
  });

  test("a link on the way", () => {
    const why = "/etc/valkey is a link to /etc/sudoers.d, and root follows no link on its way to a file";
    expect(told((seen) => (seen.files[MAIN] = { kind: "other", ...owned, why }))[0]).toContain(why);
  });

  test("what an earlier way back left", () => {
    expect(unfinished(fine())).toBeUndefined();
    expect(unfinished({ ...fine(), unfinished: ["/etc/x: no space"] })).toMatch(
      /not as before it:\n {2}\/etc\/x: no space/,
    );
  });
});

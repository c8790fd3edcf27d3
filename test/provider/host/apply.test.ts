/** The transaction: all or nothing, nothing twice, and an end also when nobody listens any more. */
import { existsSync, statSync } from "node:fs";
import { ApplyFailed, ClaimConflict, HostBusy, HostPool, Interrupted, type Progress } from "../../../provider/host";
import type { Manifest } from "../../../provider/manifest";
import { demo, type FakeHost, file, operatorKey, withFakeHost } from "./fake-host";

jest.setTimeout(30_000);
let mail: FakeHost;
let pool: HostPool;
withFakeHost((made) => ({ mail, pool } = made), 20);

const apply = (manifest: Manifest, onProgress?: (progress: Progress) => void) =>
  pool.apply(mail.host, manifest, undefined, onProgress);
const failure = (manifest: Manifest) =>
  apply(manifest).then(
    () => {
      throw new Error("the apply went through");
    },
    (error) => error,
  );
const changed = (parts: Partial<Manifest> = {}) =>
  demo({ files: { "/etc/demo/main.conf": file("one\n2\n"), "/etc/demo/map": file("a b\n") }, ...parts });
const clean = () => {
  expect(mail.residue("/etc/demo", "main.conf", "map", "secret", "link")).toEqual([]);
  expect(mail.residue("/var/lib/postfleet/journal")).toEqual([]);
  expect(mail.residue("/var/lib/postfleet/results")).toEqual([]);
  expect(mail.residue("/run/postfleet", "lock", "roles")).toEqual([]);
};
const slow = (seconds: number) => ({ prepare: [{ argv: ["sleep", String(seconds)], onChange: [] }] });
const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
};

test("first apply: files, modes, secret, link, unit; the second finds nothing to do", async () => {
  const result = await apply(demo());
  expect(mail.read("/etc/demo/main.conf")).toBe("one\ntwo\n");
  expect(statSync(mail.path("/etc/demo/secret")).mode & 0o777).toBe(0o600);
  expect(mail.read("/etc/demo/link")).toBe("one\ntwo\n");
  expect(result).toMatchObject({ changed: true, services: { "demo.service": "started" } });
  const told = mail.systemctl().length;
  expect(await apply(demo())).toMatchObject({ changed: false, paths: [], services: {}, commands: [] });
  expect(mail.systemctl()).toHaveLength(told);
  clean();
});

test("files look some seconds old at once, so that nothing waits for them to be written to the end", async () => {
  const age = () => (Date.now() - statSync(mail.path("/etc/demo/main.conf")).mtimeMs) / 1000;
  await apply(demo());
  expect(age()).toBeGreaterThan(2);
  mail.write("/etc/demo/main.conf", "by hand\n");
  expect(age()).toBeLessThan(2);
  await apply(demo());
  expect(age()).toBeGreaterThan(2);
});

test("no content of a secret file is kept by the agent", async () => {
  await apply(demo());
  expect(mail.read("/var/lib/postfleet/roles/demo.json")).toContain("/etc/demo/secret");
  expect(mail.read("/var/lib/postfleet/roles/demo.json")).not.toContain("hunter2");
});

test("only what changed is touched: reload on one file, restart on the other, start when it does not run", async () => {
  await apply(demo());
  const map = demo({ files: { ...demo().files, "/etc/demo/map": file("a c\n") } });
  expect(await apply(map)).toMatchObject({ paths: ["/etc/demo/map"], services: { "demo.service": "reloaded" } });
  expect(await apply(demo())).toMatchObject({ services: { "demo.service": "reloaded" } });
  expect(await apply(changed())).toMatchObject({ services: { "demo.service": "restarted" } });
  mail.write("/units/demo.service", "inactive enabled\n");
  expect(await apply(map)).toMatchObject({ services: { "demo.service": "started" } });
});

test("a trailing slash in reloadOn means everything below", async () => {
  const service = { enabled: true, running: true, reloadOn: ["/etc/demo/"], restartOn: [] };
  await apply(demo({ services: { "demo.service": service } }));
  const result = await apply(changed({ services: { "demo.service": service } }));
  expect(result.services).toEqual({ "demo.service": "reloaded" });
});

test("units in their order; masked, disabled and stopped ones", async () => {
  mail.write("/units/old.service", "active enabled\n");
  const off = { enabled: false, running: false, reloadOn: [], restartOn: [] };
  const on = { enabled: true, running: true, reloadOn: [], restartOn: [] };
  await apply(demo({ services: { "z.service": on, "a.service": on, "old.service": { ...off, masked: true } } }));
  expect(mail.read("/units/old.service")).toBe("inactive masked\n");
  expect(mail.systemctl().filter((line) => line.startsWith("start"))).toEqual(["start z.service", "start a.service"]);
});

test("commands: at every change, at the change of a path, and when their product is missing", async () => {
  const prepare = [
    { argv: ["true", "always"], onChange: [] },
    { argv: ["true", "map"], onChange: ["/etc/demo/map"] },
    { argv: ["touch", mail.path("/made")], onChange: ["/nothing"], creates: "/made" },
  ];
  expect((await apply(demo({ prepare }))).commands).toHaveLength(3);
  expect((await apply(demo({ prepare }))).commands).toEqual([]);
  expect((await apply(changed({ prepare }))).commands).toEqual([["true", "always"]]);
});

describe("a failure puts everything back", () => {
  const reject = [{ argv: ["sh", "-c", "echo line 2: hunter2-of-the-test is wrong >&2; exit 1"] }];
  beforeEach(async () => {
    await apply(demo());
  });
  const asBefore = () => {
    expect(mail.read("/etc/demo/main.conf")).toBe("one\ntwo\n");
    expect(mail.read("/units/demo.service")).toBe("active enabled\n");
    clean();
  };

  test("validate: stage, command and its words, without the secret; no unit was touched", async () => {
    const told = mail.systemctl().length;
    const error = await failure(changed({ validate: reject }));
    expect(error).toBeInstanceOf(ApplyFailed);
    expect(error).toMatchObject({ stage: "validate", rolledBack: true, output: "line 2: [secret] is wrong" });
    expect(error.details.files).toEqual(["/etc/demo/main.conf"]);
    expect(mail.systemctl()).toHaveLength(told);
    asBefore();
  });

  test("validate with stderrFails: words on stderr are enough", async () => {
    const argv = ["sh", "-c", "echo unknown parameter >&2"];
    await apply(changed({ validate: [{ argv }] }));
    await apply(demo());
    expect(await failure(changed({ validate: [{ argv, stderrFails: true }] }))).toMatchObject({ stage: "validate" });
    asBefore();
  });

  test("new files go, removed ones come back, modes and links too", async () => {
    const { "/etc/demo/map": _, ...files } = demo().files;
    const other = {
      files: { ...files, "/etc/demo/main.conf": file("one\ntwo\n", "0600"), "/etc/new/deep/x": file("x") },
      links: { "/etc/demo/link": "nowhere" },
    };
    await failure(demo({ ...other, validate: reject }));
    expect(existsSync(mail.path("/etc/new"))).toBe(false);
    expect(mail.read("/etc/demo/map")).toBe("a b\n");
    expect(statSync(mail.path("/etc/demo/main.conf")).mode & 0o777).toBe(0o644);
    expect(mail.read("/etc/demo/link")).toBe("one\ntwo\n");
    asBefore();
  });

  test("health: the unit is restarted with the old files, a new one is stopped again", async () => {
    const services = {
      ...demo().services,
      "new.service": { enabled: true, running: true, reloadOn: [], restartOn: [] },
    };
    const health = [{ kind: "tcp" as const, address: "127.0.0.1", port: 1, timeout: 0.3 }];
    const error = await failure(changed({ services, health }));
    expect(error).toMatchObject({ stage: "health", rolledBack: true });
    expect(error.message).toContain("tcp 127.0.0.1:1");
    expect(mail.systemctl().filter((line) => line === "restart demo.service")).toHaveLength(2);
    expect(mail.read("/units/new.service")).toBe("inactive disabled\n");
    asBefore();
  });

  test("a unit that does not restart", async () => {
    mail.write("/fail-restart", "");
    const error = await failure(changed());
    expect(error).toMatchObject({ stage: "units", details: { unit: "demo.service" } });
    expect(mail.read("/etc/demo/main.conf")).toBe("one\ntwo\n");
    expect(error.rolledBack).toBe(false); // it does not restart with the old files either, and the error says so
    expect(error.message).toContain("ROLLING BACK WAS NOT COMPLETE");
  });

  test("a command that fails; those that ran before run again with the old files", async () => {
    const log = mail.path("/commands.log");
    const copy = { argv: ["sh", "-c", `cat ${mail.path("/etc/demo/main.conf")} >> ${log}`], onChange: [] };
    await apply(demo({ prepare: [copy], files: { ...demo().files, "/etc/demo/map": file("x\n") } }));
    mail.write("/commands.log", "");
    await failure(changed({ prepare: [copy, { argv: ["false"], onChange: [] }] }));
    expect(mail.read("/commands.log")).toBe("one\n2\none\ntwo\n");
  });
});

test("what left the manifest goes: file, link, unit; what was there before the role comes back", async () => {
  mail.write("/etc/demo/map", "Debian's own\n");
  await apply(demo());
  expect(mail.read("/etc/demo/map")).toBe("a b\n");
  const result = await apply(demo({ files: { "/etc/demo/main.conf": file("one\ntwo\n") }, links: {}, services: {} }));
  expect(mail.read("/etc/demo/map")).toBe("Debian's own\n");
  expect(existsSync(mail.path("/etc/demo/link"))).toBe(false);
  expect(result.services).toEqual({ "demo.service": "stopped" });
  expect(mail.read("/units/demo.service")).toBe("inactive disabled\n");
});

describe("claims of two roles", () => {
  const shared = (content: string, role: string) =>
    demo({ files: { "/etc/shared": file(content) }, secretFiles: {}, links: {}, services: {} }, role);

  test("the same content is shared; another one is refused before anything changes", async () => {
    await apply(shared("x", "mx"));
    await apply(shared("x", "relay"));
    const error = await failure({ ...shared("y", "third"), links: { "/etc/other": "shared" } });
    expect(error).toBeInstanceOf(ClaimConflict);
    expect(error).toMatchObject({ path: "/etc/shared", rolledBack: true });
    expect(error.message).toMatch(
      /mail1: role third: role mx claims file \/etc\/shared too, and wants it different \(/,
    );
    expect(existsSync(mail.path("/etc/other"))).toBe(false);
    expect(mail.read("/etc/shared")).toBe("x");
  });

  test("a shared claim may move, one role after the other", async () => {
    await apply(shared("x", "mx"));
    await apply(shared("x", "relay"));
    await apply(shared("y", "mx"));
    expect(await failure(shared("x", "relay"))).toBeInstanceOf(ClaimConflict);
    await apply(shared("y", "relay"));
    expect(mail.read("/etc/shared")).toBe("y");
  });

  test("file against link, unit states, versions, kernel settings", async () => {
    const on = { enabled: true, running: true, reloadOn: [], restartOn: [] };
    const parts = (more: Partial<Manifest>, role: string) => ({ ...shared("x", role), ...more });
    mail.write("/proc/sys/net/a", "1\n");
    await apply(parts({ services: { "a.service": on }, sysctl: { "net.a": "1" }, packages: { sl: "5.02-1" } }, "mx"));
    for (const more of [
      { files: {}, links: { "/etc/shared": "x" } },
      { services: { "a.service": { ...on, running: false } } },
      { sysctl: { "net.a": "2" } },
      { packages: { sl: "4" } },
    ]) {
      expect(await failure(parts(more, "relay"))).toBeInstanceOf(ClaimConflict);
    }
    await apply(parts({ packages: { sl: "present" } }, "relay"));
  });

  test("what another role claims survives a change and a removal", async () => {
    await apply(shared("x", "mx"));
    await apply(shared("x", "relay"));
    await apply({ ...shared("x", "mx"), files: {} });
    expect(mail.read("/etc/shared")).toBe("x");
    await pool.remove(mail.host, shared("x", "relay"));
    expect(existsSync(mail.path("/etc/shared"))).toBe(false);
  });
});

test("two applies at a time follow each other; the second says what it waits for", async () => {
  const told: string[] = [];
  const first = apply(demo(slow(1)));
  await until(() => existsSync(mail.path("/etc/demo/main.conf")));
  const second = apply(demo({ files: {}, links: {}, secretFiles: {}, services: {} }, "other"), ({ message }) =>
    told.push(message),
  );
  await Promise.all([first, second]);
  expect(told[0]).toMatch(/waiting for role demo \(apply by /);
});

describe("while a role shows that it works", () => {
  /** Its probe passes when somebody says so. */
  const waiting = (parts: Partial<Manifest> = {}) =>
    demo({
      health: [{ kind: "command", argv: ["test", "-e", mail.path("/works")], timeout: 20 }],
      ...parts,
    });
  const probing = () => {
    let told: () => void = () => {};
    const begun = new Promise<void>((resolve) => {
      told = resolve;
    });
    return { begun, progress: ({ stage }: Progress) => stage === "health" && told() };
  };
  const other = (path: string, text: string) =>
    demo({ role: "other", files: { [path]: file(text) }, secretFiles: {}, links: {}, services: {}, health: [] });

  test("others go on, and it comes to its own end", async () => {
    const { begun, progress } = probing();
    const first = apply(waiting(), progress);
    await begun;
    expect(await apply(other("/etc/demo/of-other", "x\n"))).toMatchObject({ changed: true });
    mail.write("/works", "");
    expect(await first).toMatchObject({ changed: true, services: { "demo.service": "started" } });
    expect(mail.read("/var/lib/postfleet/roles/demo.json")).toContain("main.conf");
    expect(mail.read("/etc/demo/main.conf")).toBe("one\ntwo\n");
  });

  test("what it claims is claimed already, though nothing is recorded yet", async () => {
    const { begun, progress } = probing();
    const first = apply(waiting(), progress);
    await begun;
    const error = await failure(other("/etc/demo/main.conf", "mine\n"));
    expect(error).toBeInstanceOf(ClaimConflict);
    expect(error.message).toMatch(/role demo claims file \/etc\/demo\/main\.conf too/);
    mail.write("/works", "");
    await first;
  });

  test("when it fails after all, it is put back, and what others did stays", async () => {
    const { begun, progress } = probing();
    const probe = [{ kind: "command" as const, argv: ["test", "-e", mail.path("/never")], timeout: 1 }];
    const first = apply(waiting({ health: probe }), progress).catch((error: unknown) => error);
    await begun;
    await apply(other("/etc/demo/of-other", "x\n"));
    expect(await first).toBeInstanceOf(ApplyFailed);
    expect(mail.residue("/etc/demo", "of-other")).toEqual([]);
    expect(mail.read("/etc/demo/of-other")).toBe("x\n");
    expect(mail.read("/units/demo.service")).toMatch(/^inactive/);
  });

  test("when it fails after all, what another role has claimed meanwhile stays as that one wants it", async () => {
    const { begun, progress } = probing();
    const probe = [{ kind: "command" as const, argv: ["test", "-e", mail.path("/never")], timeout: 3 }];
    const directories = { "/srv/shared": { ...file("", "0750") } };
    const shared = { files: { ...demo().files, "/etc/shared": file("x\n") }, directories };
    const first = apply(waiting({ ...shared, health: probe }), progress).catch((error: unknown) => error);
    await begun;
    const { services, links } = demo();
    const taking = demo({ role: "other", files: { "/etc/shared": file("x\n") }, secretFiles: {}, directories });
    expect(await apply({ ...taking, services, links })).toMatchObject({ paths: [], services: {} });
    expect(await first).toBeInstanceOf(ApplyFailed);
    expect(mail.read("/etc/shared")).toBe("x\n");
    expect(existsSync(mail.path("/srv/shared"))).toBe(true);
    expect(mail.residue("/etc/demo", "link")).toEqual([]);
    expect(mail.read("/units/demo.service")).toMatch(/^active enabled/);
    expect(await apply({ ...taking, services, links })).toMatchObject({ changed: false });
  });

  test("a second change of the same role waits", async () => {
    const { begun, progress } = probing();
    const first = apply(waiting(), progress);
    await begun;
    const said: string[] = [];
    const second = apply(changed(), ({ stage, message }) => said.push(`${stage} ${message}`));
    await until(() => said.length > 0);
    expect(said[0]).toMatch(/^wait waiting for role demo \(apply/);
    expect(mail.read("/etc/demo/main.conf")).toBe("one\ntwo\n");
    mail.write("/works", "");
    await first;
    expect(await second).toMatchObject({ changed: true });
    expect(mail.read("/etc/demo/main.conf")).toBe("one\n2\n");
  });

  test("killed in that moment, it is rolled back by the next change of another role", async () => {
    const { begun, progress } = probing();
    const first = apply(waiting(), progress).catch((error: unknown) => error);
    await begun;
    const holder = Number(/pid (\d+)/.exec(mail.read("/run/postfleet/roles/demo") ?? "")?.[1]);
    process.kill(holder, "SIGKILL");
    expect(await first).toBeInstanceOf(Interrupted);
    await apply(other("/etc/demo/of-other", "x\n"));
    expect(mail.residue("/etc/demo", "of-other")).toEqual([]);
  });
});

test("a second operator gives up after a while: HostBusy", async () => {
  const other = new HostPool({ privateKey: operatorKey.private }, { lockWait: 0.3 });
  const first = apply(demo(slow(2)));
  await until(() => existsSync(mail.path("/etc/demo/main.conf")));
  await expect(other.apply(mail.host, demo({}, "other"), undefined)).rejects.toThrow(HostBusy);
  await first;
  await other.close();
});

describe("when the connection is cut in the middle", () => {
  test("the apply goes on, and its caller gets the result after connecting again", async () => {
    const going = apply(demo(slow(1)));
    await until(() => existsSync(mail.path("/etc/demo/main.conf")));
    mail.cut();
    expect(await going).toMatchObject({ changed: true, reconnected: true, services: { "demo.service": "started" } });
    expect(mail.connected).toBe(2);
    clean();
  });

  test("a failing apply rolls back, and says so to a later observation, once", async () => {
    await apply(demo());
    const going = apply(
      changed({ prepare: [{ argv: ["sh", "-c", "sleep 1; echo hunter2-of-the-test; exit 3"], onChange: [] }] }),
    ).catch(() => {});
    await until(() => mail.read("/etc/demo/main.conf") === "one\n2\n");
    await pool.close();
    await going;
    const other = new HostPool({ privateKey: operatorKey.private });
    // Reading a file waits for the apply, and leaves its end to be told by an observation.
    const file = await other.read(mail.host, "demo", ["/etc/demo/main.conf", "/etc/demo/none"]);
    expect(file).toMatchObject({ "/etc/demo/main.conf": { content: "one\ntwo\n" }, "/etc/demo/none": null });
    const seen = await other.observe(mail.host, demo(), {});
    expect(seen.files["/etc/demo/main.conf"]?.content).toBe("one\ntwo\n");
    expect(seen.earlier).toMatchObject({
      role: "demo",
      error: { kind: "ApplyFailed", details: { stage: "prepare", output: "[secret]" } },
    });
    expect((await other.observe(mail.host, demo(), {})).earlier).toBeNull();
    await other.close();
    clean();
  });
});

describe("when the apply is killed in the middle (power loss)", () => {
  /** The detached process names itself in the lock. */
  const killApply = () => process.kill(Number(mail.read("/run/postfleet/lock")?.match(/pid (\d+)/)?.[1]), "SIGKILL");

  test("the caller is told, and everything is back at once", async () => {
    await apply(demo());
    const going = failure(changed(slow(20)));
    await until(() => mail.read("/etc/demo/main.conf") === "one\n2\n");
    killApply();
    expect(await going).toBeInstanceOf(Interrupted);
    expect(mail.read("/etc/demo/main.conf")).toBe("one\ntwo\n");
    clean();
  });

  test("with the caller gone too, the next observation rolls back and says so", async () => {
    await apply(demo());
    const going = apply(changed(slow(20))).catch(() => {});
    await until(() => mail.read("/etc/demo/main.conf") === "one\n2\n");
    await pool.close();
    await going;
    killApply();
    const other = new HostPool({ privateKey: operatorKey.private });
    const seen = await other.observe(mail.host, demo(), {});
    expect(seen.earlier).toMatchObject({ interrupted: true, files: ["/etc/demo/main.conf"], problems: [] });
    expect(seen.files["/etc/demo/main.conf"]?.content).toBe("one\ntwo\n");
    await other.close();
    clean();
  });
});

describe("bad manifests are refused before anything changes", () => {
  test.each(["relative", "/etc/../passwd", "/var/lib/postfleet/roles/x.json"])("path %s", async (path) => {
    expect(await failure(demo({ files: { [path]: file("x") } }))).toMatchObject({ stage: "plan" });
    expect(existsSync(mail.path("/etc/demo"))).toBe(false);
  });
  test("an owner that does not exist, a directory where a file is wanted", async () => {
    const error = await failure(demo({ files: { "/etc/a": { ...file("x"), owner: "nobody-here" } } }));
    expect(error.message).toContain("owner 'nobody-here' of /etc/a does not exist");
    mail.write("/etc/demo/main.conf/inside", "");
    expect((await failure(demo())).message).toContain("/etc/demo/main.conf is a directory on the host");
  });
});

describe("removal", () => {
  test("leaves nothing of the role, puts originals back, and keeps data", async () => {
    mail.write("/etc/demo/map", "Debian's own\n");
    const data = { "/srv/mail": { ...file("", "0700") }, "/srv/mail/empty": { ...file("", "0700") } };
    const manifest = demo({
      directories: data,
      keep: ["/srv/mail"],
      files: { ...demo().files, "/srv/mail/x": file("x") },
    });
    await apply(manifest);
    const result = await pool.remove(mail.host, manifest);
    expect(mail.read("/etc/demo/map")).toBe("Debian's own\n");
    expect(result.restored).toEqual(["/etc/demo/map"]);
    expect(mail.residue("/etc/demo", "map")).toEqual([]);
    expect(mail.read("/srv/mail/x")).toBe("x");
    expect(existsSync(mail.path("/srv/mail/empty"))).toBe(true);
    expect(result.kept).toContain("/srv/mail/x");
    expect(mail.read("/units/demo.service")).toBe("inactive disabled\n");
    expect(existsSync(mail.path("/var/lib/postfleet"))).toBe(false);
  });

  test("a unit that a timer starts goes with its file, and does not stay behind as failed", async () => {
    const unit = "/etc/systemd/system/demo-task.service";
    const manifest = demo({ files: { ...demo().files, [unit]: file("[Service]\n") } });
    await apply(manifest);
    mail.write("/units/demo-task.service", "active disabled\n");
    await pool.remove(mail.host, manifest);
    expect(mail.read("/units/demo-task.service")).toBe("inactive disabled\n");
    expect(mail.systemctl()).toContain("reset-failed demo-task.service");
  });

  test("again, and of a role that was never there: nothing happens", async () => {
    await apply(demo());
    await pool.remove(mail.host, demo());
    expect(await pool.remove(mail.host, demo())).toMatchObject({ removed: [], restored: [], packages: [] });
  });
});

describe("what must not be there", () => {
  const stray = "/etc/demo/zz.conf";
  const without = (parts: Partial<Manifest> = {}) => demo({ removed: { [stray]: "nobody declared it" }, ...parts });
  const there = () => mail.read(stray);

  test("goes with the rest, reloads what reads it, and is kept aside; the second apply finds nothing to do", async () => {
    const services = { "demo.service": { enabled: true, running: true, reloadOn: ["/etc/demo/"], restartOn: [] } };
    await apply(demo({ services }));
    mail.write(stray, "stray\n");
    const report = await apply(without({ services }));
    expect(report).toMatchObject({ changed: true, paths: [stray], services: { "demo.service": "reloaded" } });
    expect(there()).toBeUndefined();
    const originals = JSON.parse(mail.read("/var/lib/postfleet/original/index.json") ?? "{}") as Record<string, object>;
    expect(originals[stray]).toMatchObject({ kind: "file", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await apply(without({ services }))).toMatchObject({ changed: false, paths: [] });
    expect((await pool.observe(mail.host, without(), {})).removed).toEqual({ [stray]: null });
    clean();
  });

  test("comes back when the update fails", async () => {
    await apply(demo());
    mail.write(stray, "stray\n");
    const error = await failure(without({ validate: [{ argv: ["false"] }] }));
    expect(error).toMatchObject({ rolledBack: true });
    expect(there()).toBe("stray\n");
  });

  test("is looked for again: put there once more, it is seen and goes once more", async () => {
    await apply(without());
    mail.write(stray, "again\n");
    expect((await pool.observe(mail.host, without(), {})).removed[stray]).toMatchObject({ kind: "file" });
    expect(await apply(without())).toMatchObject({ changed: true, paths: [stray] });
  });

  test("a directory is refused, and so is a path that another role claims", async () => {
    mail.write(`${stray}/x`, "x\n");
    expect((await failure(without())).message).toContain(`${stray} is a directory on the host`);
    expect(mail.read(`${stray}/x`)).toBe("x\n");
    await apply(demo({ files: { "/etc/shared": file("x") }, links: {}, secretFiles: {}, services: {} }, "mx"));
    const rival = { removed: { "/etc/shared": "nobody declared it" }, files: {}, links: {}, secretFiles: {} };
    expect(await failure(demo({ ...rival, services: {} }, "relay"))).toBeInstanceOf(ClaimConflict);
    expect(mail.read("/etc/shared")).toBe("x");
  });

  test("when the entry goes, nothing comes back by itself", async () => {
    mail.write(stray, "stray\n");
    await apply(without());
    expect(await apply(demo())).toMatchObject({ changed: false });
    expect(there()).toBeUndefined();
  });
});

/** Observing: exactly what the manifest names, contents only where they are unknown, secrets never. */
import { chmodSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { type HostPool, knownHashes, sha256 } from "../../../provider/host";
import { demo, type FakeHost, file, keyPair, operatorKey, withFakeHost } from "./fake-host";

jest.setTimeout(30_000);
let mail: FakeHost;
let pool: HostPool;
withFakeHost((made) => ({ mail, pool } = made));
const observe = (manifest = demo()) => pool.observe(mail.host, manifest, knownHashes(manifest));

test("an empty host: everything is absent", async () => {
  const seen = await observe(demo({ packages: { memcached: "present", sl: "present" } }));
  expect(seen.packages).toEqual({ memcached: null, sl: "5.02-1" });
  expect(seen.files).toEqual({ "/etc/demo/main.conf": null, "/etc/demo/map": null });
  expect(seen.services["demo.service"]).toMatchObject({ running: false, enabled: false, masked: false });
  expect(seen).toMatchObject({ applied: false, earlier: null });
});

test("after an apply: a known content is not sent again, a changed one is", async () => {
  await pool.apply(mail.host, demo(), undefined);
  expect((await observe()).files["/etc/demo/map"]).toEqual({
    ...{ kind: "file", mode: "0644", sha256: sha256("a b\n"), size: 4 },
    owner: file("").owner,
    group: file("").group,
  });
  mail.write("/etc/demo/map", "a c\n");
  const seen = await observe();
  expect(seen.files["/etc/demo/map"]?.content).toBe("a c\n");
  expect(seen.files["/etc/demo/main.conf"]?.content).toBeUndefined();
});

test("a changed secret is seen by its hash, and its content stays on the host", async () => {
  await pool.apply(mail.host, demo(), undefined);
  mail.write("/etc/demo/secret", "changed-by-hand\n");
  const seen = await observe();
  expect(seen.secretFiles["/etc/demo/secret"]?.sha256).toBe(sha256("changed-by-hand\n"));
  expect(JSON.stringify(seen)).not.toContain("changed-by-hand");
});

test("binary and large contents are told, not sent", async () => {
  mail.write("/etc/demo/main.conf", "");
  writeFileSync(mail.path("/etc/demo/main.conf"), Buffer.from([0xff, 0xfe, 0]));
  mail.write("/etc/demo/map", "x".repeat((1 << 20) + 1));
  const seen = await observe();
  expect(seen.files["/etc/demo/main.conf"]).toMatchObject({ unshown: "binary", size: 3 });
  expect(seen.files["/etc/demo/map"]).toMatchObject({ unshown: "large", sha256: sha256("x".repeat((1 << 20) + 1)) });
  expect(seen.files["/etc/demo/map"]?.content).toBeUndefined();
});

test("modes, links that point elsewhere, other things at the path", async () => {
  await pool.apply(mail.host, demo(), undefined);
  chmodSync(mail.path("/etc/demo/map"), 0o666);
  rmSync(mail.path("/etc/demo/link"));
  symlinkSync("map", mail.path("/etc/demo/link"));
  rmSync(mail.path("/etc/demo/main.conf"));
  mail.write("/etc/demo/main.conf/inside", "");
  const seen = await observe();
  expect(seen.files["/etc/demo/map"]?.mode).toBe("0666");
  expect(seen.links["/etc/demo/link"]).toEqual({ kind: "link", target: "map" });
  expect(seen.files["/etc/demo/main.conf"]?.kind).toBe("directory");
});

test("units: stopped and masked by hand", async () => {
  await pool.apply(mail.host, demo(), undefined);
  expect((await observe()).services["demo.service"]).toMatchObject({ running: true, enabled: true });
  await new Promise((resolve) => setTimeout(resolve, 2100)); // facts of units serve for two seconds
  mail.write("/units/demo.service", "inactive masked\n");
  expect((await observe()).services["demo.service"]).toMatchObject({ running: false, enabled: false, masked: true });
});

test("a half installed package is not installed", async () => {
  mail.write("/var/lib/dpkg/status", "Package: sl\nStatus: install ok half-configured\nVersion: 5.02-1\n");
  const seen = await observe(demo({ packages: { sl: "present" } }));
  expect(seen).toMatchObject({ packages: { sl: null }, brokenPackages: ["sl"] });
});

test("kernel settings: live, and what the next boot will set", async () => {
  mail.write("/proc/sys/net/ipv4/tcp_mem", "1\t2\t3\n");
  const seen = await observe(demo({ sysctl: { "net.ipv4.tcp_mem": "1 2 3" } }));
  expect(seen.sysctl).toEqual({ "net.ipv4.tcp_mem": { value: "1 2 3", persisted: null } });
});

describe("what nobody declared", () => {
  const line = (key: string, comment: string) => `${key} ${comment}\n`;
  const stranger = keyPair().public;

  beforeEach(() => {
    mail.write("/etc/passwd", "root:x:0:0:root:/root:/bin/bash\n");
    mail.write("/root/.ssh/authorized_keys", line(operatorKey.public, "operator") + line(stranger, "eve"));
    mail.write("/etc/demo/stray", "hunter2-of-the-test\n");
  });

  test("is asked of the role that stands on every host; the operator's own key is none of it", async () => {
    await pool.apply(mail.host, demo({}, "host"), undefined);
    const seen = await pool.observe(mail.host, demo({}, "host"), {});
    // The kernel is this machine's own.
    const ofKernel = ["rules", "setting", "module"];
    const files = seen.undeclared?.filter(({ kind }) => !ofKernel.includes(kind)) ?? [];
    expect(files.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "file /etc/demo/stray",
      expect.stringMatching(/^key root SHA256:[A-Za-z0-9+/]{43}$/),
      "package sl",
    ]);
    expect(files[1]?.detail).toBe("ssh-ed25519 eve, /root/.ssh/authorized_keys");
    expect(JSON.stringify(seen.undeclared)).not.toContain("hunter2");
  });

  test("is told as far as it goes where something cannot be read", async () => {
    mail.write("/proc/net/tcp", "head\n0: 0:0 0:0 0A 0 0 0 0 0 x\n0: zz:0 0:0 0A 0 0 0 0 0 17\n");
    const seen = await pool.observe(mail.host, demo({}, "host"), {});
    const found = seen.undeclared?.map(({ kind, name }) => `${kind} ${name}`);
    expect(found).toEqual(expect.arrayContaining(["fault ValueError", "package sl"]));
  });

  test("is not asked of any other", async () => {
    expect((await pool.observe(mail.host, demo(), {})).undeclared).toBeNull();
  });
});

/**
 * What only a booted Debian host proves: apt, systemd, health, a full disk, kernel settings.
 *
 * POSTFLEET_TEST_HOST is a HostConnection in JSON with `privateKeyFile` beside; the host is changed, and left clean. It must
 * reach a Debian mirror.
 */
import { readFileSync } from "node:fs";
import { Client } from "ssh2";
import { ApplyFailed, AptFailed, DiskFull, HostPool, knownHashes, type Progress } from "../../../provider/host";
import { type HostConnection, type Manifest, manifest } from "../../../provider/manifest";

jest.setTimeout(180_000);
const given = process.env.POSTFLEET_TEST_HOST;
if (!given) process.stderr.write("SKIPPED test/provider/host/real-host: POSTFLEET_TEST_HOST is not set\n");
const target: HostConnection & { privateKeyFile: string } = JSON.parse(given ?? '{"privateKeyFile":""}');

const root = { owner: "root", group: "root" };
const file = (content: string, mode = "0644") => ({ content, mode, ...root });
const CONFIG = "/etc/memcached.conf";
const base = "-l 127.0.0.1\n-p 11311\n-u memcache\n-m 16\n";

/** memcached: a small daemon with a Debian conffile, that starts by itself unless kept from it. */
function cache(config: string, parts: Partial<Manifest> = {}): Manifest {
  return manifest("cache", {
    packages: { memcached: "present" },
    packagesAhead: ["sl"],
    users: { pfcache: { home: "/srv/pfcache", shell: "/usr/sbin/nologin", groups: ["memcache"] } },
    directories: { "/srv/pfcache": { mode: "0750", owner: "pfcache", group: "memcache" } },
    files: {
      [CONFIG]: file(config),
      "/etc/systemd/system/pfcache.service": file(
        "[Unit]\nDescription=A unit of the test\n[Service]\nExecStart=/bin/sleep infinity\nExecReload=/bin/true\n[Install]\nWantedBy=multi-user.target\n",
      ),
    },
    services: {
      "memcached.service": { enabled: true, running: true, reloadOn: [], restartOn: [CONFIG] },
      "pfcache.service": {
        enabled: true,
        running: true,
        reloadOn: ["/srv/pfcache/"],
        restartOn: ["/etc/systemd/system/pfcache.service"],
      },
    },
    health: [{ kind: "tcp", address: "127.0.0.1", port: 11311, timeout: 5 }],
    ...parts,
  });
}

(given ? describe : describe.skip)("a booted host", () => {
  const pool = new HostPool({ privateKeyFile: target.privateKeyFile });
  const steps: Progress[] = [];
  const apply = (wanted: Manifest) => pool.apply(target, wanted, undefined, (step) => steps.push(step));
  const observe = (wanted: Manifest) => pool.observe(target, wanted, knownHashes(wanted));
  const failure = (wanted: Manifest) =>
    apply(wanted).then(
      () => {
        throw new Error("the apply went through");
      },
      (error) => error,
    );
  let shell: Client;
  /** Another pair of hands on the host. */
  const sh = (command: string) =>
    new Promise<string>((resolve, reject) => {
      shell.exec(command, (error, channel) => {
        if (error) return reject(error);
        let out = "";
        channel.on("data", (data: Buffer) => {
          out += data.toString();
        });
        channel.stderr.resume();
        channel.on("close", () => resolve(out.trim()));
      });
    });
  const pid = (unit: string) => sh(`systemctl show -P MainPID ${unit}`);

  beforeAll(async () => {
    shell = new Client();
    const { address: host, port, user: username, privateKeyFile } = target;
    await new Promise<void>((resolve) =>
      shell.once("ready", resolve).connect({ host, port, username, privateKey: readFileSync(privateKeyFile) }),
    );
    await sh("dpkg --purge memcached sl micro-httpd tinyproxy tinyproxy-bin"); // what an earlier run left: a disabled unit would not start by itself
  });
  afterAll(async () => {
    await pool.remove(target, cache(base));
    await pool.close();
    shell.end();
  });

  test("create: packages in one run of apt, no daemon started by itself, units running, nothing left over", async () => {
    expect((await observe(cache(base))).packages).toEqual({ memcached: null });
    const began = await sh("date +%s");
    const result = await apply(cache(base));
    expect(result.packages.installed).toEqual(expect.arrayContaining(["memcached", "sl"]));
    expect(steps.filter(({ message }) => message.startsWith("apt-get install"))).toHaveLength(1);
    expect(result.services).toMatchObject({ "memcached.service": "started", "pfcache.service": "started" });
    expect(await sh(`journalctl -q -u memcached -o cat --since=@${began} | grep -c ^Started`)).toBe("1");
    expect(
      await sh(
        "ls /usr/sbin/policy-rc.d /var/lib/postfleet/journal /var/lib/postfleet/results 2>/dev/null | grep -v :$",
      ),
    ).toBe("");
    expect(await sh("id -Gn pfcache; stat -c %a:%U:%G /srv/pfcache")).toBe("pfcache memcache\n750:pfcache:memcache");
  });

  test("again: nothing changes, nothing restarts", async () => {
    const before = await pid("memcached");
    expect(await apply(cache(base))).toMatchObject({ changed: false, services: {} });
    expect(await pid("memcached")).toBe(before);
  });

  test("three changes by hand are seen, and mended: a line, a stopped service, a removed package", async () => {
    await sh(
      `echo '# by hand' >> ${CONFIG}; systemctl stop pfcache; DEBIAN_FRONTEND=noninteractive apt-get -y remove sl`,
    );
    const wanted = cache(base, { packages: { memcached: "present", sl: "present" } });
    const seen = await observe(wanted);
    expect(seen.files[CONFIG]?.content).toBe(`${base}# by hand\n`);
    expect(seen.services["pfcache.service"]).toMatchObject({ running: false, enabled: true });
    expect(seen.packages).toMatchObject({ sl: null, memcached: expect.stringMatching(/^1\./) });
    expect(await apply(wanted)).toMatchObject({
      packages: { installed: ["sl"] },
      paths: [CONFIG],
      services: { "memcached.service": "restarted", "pfcache.service": "started" },
    });
  });

  test("a setting that the daemon refuses: rolled back, it serves again, and the error has its last words", async () => {
    const error = await failure(cache(`${base}--banana\n`));
    expect(error).toBeInstanceOf(ApplyFailed);
    expect(error.rolledBack).toBe(true);
    expect(error.details.files).toEqual([CONFIG]);
    expect(error.output).toContain("banana");
    expect(await sh(`grep -c banana ${CONFIG}; systemctl is-active memcached`)).toBe("0\nactive");
  });

  test("a health probe that fails: the old configuration serves again", async () => {
    const error = await failure(cache(base.replace("11311", "11312")));
    expect(error).toMatchObject({ stage: "health", rolledBack: true });
    expect(await sh("sleep 1; ss -Hltn sport = :11311 | wc -l; ss -Hltn sport = :11312 | wc -l")).toBe("1\n0");
  });

  test("a unit file that changed reloads systemd; a broken one comes back", async () => {
    const path = "/etc/systemd/system/pfcache.service";
    const wanted = cache(base);
    const content = wanted.files[path]?.content ?? "";
    const broken = { ...wanted, files: { ...wanted.files, [path]: file(content.replace("/bin/sleep", "/bin/false")) } };
    expect(await failure(broken)).toMatchObject({ rolledBack: true, details: { unit: "pfcache.service" } });
    expect(await sh("systemctl is-active pfcache; systemctl show -P NeedDaemonReload pfcache")).toBe("active\nno");
    const other = { ...wanted, files: { ...wanted.files, [path]: file(content.replace("infinity", "999999")) } };
    expect((await apply(other)).services).toEqual({ "pfcache.service": "restarted" });
    expect(await sh(`tr '\\0' ' ' < /proc/${await pid("pfcache")}/cmdline`)).toBe("/bin/sleep 999999");
  });

  test("kernel settings hold now and after a reboot", async () => {
    const before = await sh("cat /proc/sys/net/ipv4/tcp_fin_timeout");
    const wanted = cache(base, { sysctl: { "net.ipv4.tcp_fin_timeout": "33" } });
    await apply(wanted);
    expect((await observe(wanted)).sysctl).toEqual({ "net.ipv4.tcp_fin_timeout": { value: "33", persisted: "33" } });
    await failure({
      ...cache(base, { sysctl: { "net.ipv4.tcp_fin_timeout": "44" } }),
      validate: [{ argv: ["false"] }],
    });
    expect(
      await sh("cat /proc/sys/net/ipv4/tcp_fin_timeout; cat /etc/sysctl.d/60-postfleet-cache.conf | tail -1"),
    ).toBe("33\nnet.ipv4.tcp_fin_timeout = 33");
    await apply(cache(base));
    expect(await sh("ls /etc/sysctl.d/60-postfleet-cache.conf 2>/dev/null")).toBe("");
    expect(before).not.toBe("33");
  });

  test("a full disk: nothing is half written", async () => {
    await sh("mkdir -p /srv/full && mount -t tmpfs -o size=64k tmpfs /srv/full");
    try {
      const small = { ...cache(base).files, "/srv/full/a": file("a".repeat(20_000)) };
      await apply(cache(base, { files: small }));
      await sh("head -c 32768 /dev/zero > /srv/full/filler");
      const big = { ...small, "/srv/full/a": file("b".repeat(30_000)), [CONFIG]: file(`${base}# more\n`) };
      const error = await failure(cache(base, { files: big }));
      expect(error).toBeInstanceOf(DiskFull);
      expect(error.message).toContain("/srv/full");
      expect(
        await sh(`cut -c1 /srv/full/a; ls -A /srv/full; grep -c more ${CONFIG}; ls /var/lib/postfleet/journal`),
      ).toBe("a\na\nfiller\n0");
      await apply(cache(base));
    } finally {
      await sh("umount /srv/full; rmdir /srv/full");
    }
  });

  test("a mirror that fails: apt's words, and nothing else touched", async () => {
    await sh(
      "mkdir -p /run/lists; mv /etc/apt/sources.list /run/; mv /var/lib/apt/lists/*_Packages* /run/lists/; echo 'deb http://user:hunter2@127.0.0.1:9/debian trixie main' > /etc/apt/sources.list",
    );
    try {
      const error = await failure(cache(`${base}# x\n`, { packages: { memcached: "present", cowsay: "present" } }));
      expect(error).toBeInstanceOf(AptFailed);
      expect(error.output).toMatch(/127.0.0.1/);
      expect(error.message).not.toContain("hunter2");
      expect(await sh(`grep -c '# x' ${CONFIG}; ls /usr/sbin/policy-rc.d 2>/dev/null`)).toBe("0");
    } finally {
      await sh("mv /run/sources.list /etc/apt/; mv /run/lists/* /var/lib/apt/lists/; rmdir /run/lists");
    }
  });

  test("dpkg was interrupted: it is mended first", async () => {
    await sh(
      "sed -i '/^Package: memcached$/,/^$/s/^Status: .*/Status: install ok half-configured/' /var/lib/dpkg/status",
    );
    expect((await observe(cache(base))).brokenPackages).toEqual(["memcached"]);
    await apply(cache(base));
    expect(await sh("dpkg-query -Wf '${Status}' memcached")).toBe("install ok installed");
  });

  test("a daemon installed ahead is not enabled before its role is applied, and then as Debian would", async () => {
    const enabled = "systemctl is-enabled tinyproxy micro-httpd.socket memcached";
    await sh("apt-get -y install micro-httpd && dpkg -r micro-httpd"); // a removed package leaves its link
    const ahead = cache(base, { packagesAhead: ["sl", "tinyproxy", "micro-httpd"] });
    const result = await apply(ahead);
    expect(result.packages.heldBack).toEqual(expect.arrayContaining(["micro-httpd.socket", "tinyproxy.service"]));
    expect(await sh(enabled)).toBe("disabled\ndisabled\nenabled");
    expect((await apply(ahead)).changed).toBe(false);
    const off = { enabled: false, running: false, reloadOn: [], restartOn: [] };
    const web = manifest("web", { packages: { "micro-httpd": "present" }, services: { "micro-httpd.socket": off } });
    const proxy = manifest("proxy", { packages: { tinyproxy: "present" } });
    await apply(web);
    expect(await sh(enabled)).toBe("disabled\ndisabled\nenabled"); // its manifest says so
    await apply(proxy);
    expect(await sh(enabled)).toBe("enabled\ndisabled\nenabled");
    expect(await sh("ls /var/lib/postfleet/ahead.json 2>/dev/null")).toBe("");
    await pool.remove(target, web);
    await pool.remove(target, proxy);
    await apply(cache(base));
  });

  test("removal: packages that were not there before go, users and originals stay, no unit of ours is left", async () => {
    const result = await pool.remove(target, cache(base, { keep: ["/srv/pfcache"] }));
    expect(result.warnings).toEqual([]);
    expect(result.packages).toEqual(expect.arrayContaining(["memcached", "sl"]));
    expect(result.restored).toEqual([CONFIG]);
    expect(
      await sh("grep -c 11211 /etc/memcached.conf; id -u pfcache >/dev/null && echo user; ls -d /srv/pfcache"),
    ).toMatch(/^[1-9]\nuser\n\/srv\/pfcache$/);
    expect(await sh("systemctl list-unit-files 'pfcache*' 'memcached*' --no-legend; ls -A /var/lib/postfleet")).toBe(
      "",
    );
    expect(await sh("ls -d /run/postfleet/apply-* /etc/.postfleet* /usr/sbin/policy-rc.d 2>/dev/null")).toBe("");
    await sh("rmdir /srv/pfcache");
  });
});

import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { componentOf } from "../../../components/role";
import { DKIM_SIGNING, dkimKeyPath, dkimSelector, filter } from "../../../roles/filter";
import { rspamdKey } from "../../../roles/filter/parts";
import { commonSettings } from "../../../roles/shared/postfix";
import { contentsOf, describeInChroot, inChroot, runInChroot, stage } from "../../support/chroot";
import { book, lines, parameter, site } from "../relay/book";
import { declared, host, settled } from "../relay/mocks";

const args = {
  ...book,
  siteHosts: site.siteHosts,
  teaching: { address: "fdc4:79ab:8be1:9098::1", from: ["fdc4:79ab:8be1:9098::2"] },
  dkim: [
    { domain: "example.org", selector: "r1", algorithm: "rsa" as const },
    { domain: "example.org", selector: "e1", algorithm: "ed25519" as const },
  ],
  rateLimit: { perHour: 100, burst: 7 },
  clamav: true,
  clamavSignatures: { "site.ndb": "Test:0:*:414243\n" },
};
const wanted = filter.manifest(args);
const file = (path: string, manifest = wanted) => manifest.files[path]?.content ?? "";

test("both keys of a domain sign; the key files are not in the manifest", () => {
  const text = file("/etc/rspamd/override.d/dkim_signing.conf");
  expect(text).toContain('{ selector = "r1"; path = "/etc/rspamd/dkim/example.org.r1.key"; }');
  expect(text).toContain('{ selector = "e1"; path = "/etc/rspamd/dkim/example.org.e1.key"; }');
  expect(Object.keys(wanted.files).filter((path) => path.startsWith("/etc/rspamd/dkim/"))).toEqual([]);
  // ARC is sealed with RSA, which every receiver verifies.
  expect(file("/etc/rspamd/override.d/arc.conf")).not.toContain("e1");
});

test("the line of a key says which one is at work, and a successor leaves the file of the key before alone", () => {
  const conf = (selector: string) =>
    file(DKIM_SIGNING, filter.manifest({ ...args, dkim: [{ domain: "example.org", selector, algorithm: "rsa" }] }));
  const path = dkimKeyPath("example.org", "{selector}");
  // What the rotation looks for on a live host, see components/vault.ts.
  const shows = (text: string, selector: string) =>
    text.includes(dkimSelector("{selector}", path).replaceAll("{selector}", selector));
  expect([shows(conf("r1"), "r1"), shows(conf("r1"), "r2"), shows(conf("r2"), "r1")]).toEqual([true, false, false]);
  expect(shows(conf("r12"), "r1")).toBe(false);
  // rspamd reads a changed key at once, and its selector after the restart only: r2's key under r1's name verifies nowhere.
  expect(dkimKeyPath("example.org", "r1")).not.toBe(dkimKeyPath("example.org", "r2"));
});

test("domains may share a key: one file, the selector at each domain", () => {
  const shared = ["example.org", "example.net"].map((domain) => ({
    domain,
    selector: "sr2",
    algorithm: "rsa" as const,
    key: "shared",
  }));
  const text = file(DKIM_SIGNING, filter.manifest({ ...args, dkim: shared }));
  expect(text.match(/path = "\/etc\/rspamd\/dkim\/shared\.sr2\.key"/g)).toHaveLength(2);
  expect(file("/etc/rspamd/override.d/arc.conf", filter.manifest({ ...args, dkim: shared }))).toContain(
    "shared.sr2.key",
  );
});

test("an Ed25519 key becomes the bare seed, an RSA key stays", () => {
  const pem = (pair: { privateKey: { export(o: { type: "pkcs8"; format: "pem" }): string | Buffer } }) =>
    String(pair.privateKey.export({ type: "pkcs8", format: "pem" }));
  const ed25519 = generateKeyPairSync("ed25519");
  const seed = Buffer.from(rspamdKey(pem(ed25519)), "base64");
  expect(seed).toEqual(ed25519.privateKey.export({ type: "pkcs8", format: "der" }).subarray(-32));
  const rsa = pem(generateKeyPairSync("rsa", { modulusLength: 1024 }));
  expect(rspamdKey(rsa)).toBe(rsa);
});

test("only the site's own hosts are local, never a whole private network", () => {
  expect(file("/etc/rspamd/override.d/options.inc")).toContain(
    'local_addrs = ["127.0.0.0/8", "::1", "192.0.2.11", "2001:db8::11"];',
  );
});

test("the scanner answers or the mail waits; accepting unscanned mail must be declared", () => {
  const rule = "/etc/rspamd/lua.local.d/postfleet-virus.lua";
  expect(file(rule)).toContain("local accept_unscanned = false");
  expect(file(rule, filter.manifest({ ...args, onScannerDown: "accept" }))).toContain("local accept_unscanned = true");
  expect(filter.manifest({ ...args, clamav: false }).files[rule]).toBeUndefined();
});

test("each unit has one drop-in of ours, and what it is for is all in it", () => {
  const dropIns = Object.keys(wanted.files).filter((path) => path.includes(".d/") && path.startsWith("/etc/systemd/"));
  const units = dropIns.map((path) => path.split("/").at(-2));
  expect(units).toEqual([...new Set(units)]);
  expect(new Set(dropIns.map((path) => path.split("/").at(-1)))).toEqual(new Set(["postfleet.conf"]));
  const scanner = file("/etc/systemd/system/clamav-daemon.service.d/postfleet.conf");
  expect(scanner.match(/^\[\w+\]$/gm)).toEqual(["[Unit]", "[Service]"]);
  expect(scanner).toMatch(/^ConditionPathExistsGlob=\|[\s\S]*^User=clamav$[\s\S]*^ExecStartPre=$/m);
  expect(file("/etc/systemd/system/clamav-daemon.socket.d/postfleet.conf")).not.toContain("[Service]");
});

test("rspamd is restarted, never reloaded; the package's store stays off", () => {
  expect(wanted.services["rspamd.service"]?.reloadOn).toEqual([]);
  expect(wanted.services["rspamd.service"]?.restartOn).toContain("/etc/rspamd/dkim/");
  expect(wanted.services["valkey-server.service"]).toMatchObject({ enabled: false, running: false });
});

describe("a restart of rspamd refuses nobody: systemd holds the listeners", () => {
  const socketUnit = "/etc/systemd/system/rspamd.socket";
  const dropIn = "/etc/systemd/system/rspamd.service.d/postfleet.conf";
  const values = (text: string, name: string) =>
    lines(text).flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []));

  test("rspamd takes each listener by its number, and binds no milter port by itself", () => {
    const three = filter.manifest({ ...args, listen: ["127.0.0.1", "192.0.2.13", "2001:db8::13"] });
    expect(values(file(socketUnit, three), "ListenStream")).toEqual([
      "127.0.0.1:11332",
      "192.0.2.13:11332",
      "[2001:db8::13]:11332",
    ]);
    const proxy = file("/etc/rspamd/override.d/worker-proxy.inc", three);
    expect(proxy.match(/bind_socket = .*/g)).toEqual([0, 1, 2].map((number) => `bind_socket = "systemd:${number}";`));
    // The sockets target comes before the network: addresses may not be there yet.
    expect(values(file(socketUnit), "FreeBind")).toEqual(["yes"]);
  });

  test("the socket is started before the service, stays when rspamd's files change, and never lacks", () => {
    const units = Object.keys(wanted.services);
    expect(units.indexOf("rspamd.socket")).toBeLessThan(units.indexOf("rspamd.service"));
    expect(wanted.services["rspamd.socket"]).toEqual({
      enabled: true,
      running: true,
      reloadOn: [],
      restartOn: [socketUnit],
    });
    expect(values(file(dropIn), "Requires")).toEqual(["rspamd.socket"]);
    expect(values(file(dropIn), "After")[0]?.split(" ")).toContain("rspamd.socket");
  });

  test("a host that runs it without the socket is taken over, after everything else that may fail in prepare", () => {
    const takeOver = wanted.prepare.at(-1);
    expect(takeOver?.onChange).toEqual([socketUnit]);
    expect(wanted.prepare.at(-2)).toEqual({ argv: ["systemctl", "daemon-reload"], onChange: [dropIn, socketUnit] });
    // With stand-ins for the programs: what it does, by what runs and by what rspamd says of its files.
    const does = (active: string[], filesAreRight: boolean) =>
      spawned(`systemctl() {
        case "$1 $2 $3" in
        "--quiet is-active "*) case " ${active.join(" ")} " in *" $3 "*) return 0 ;; *) return 3 ;; esac ;;
        *) echo "$*" ;;
        esac
      }
      rspamadm() { return ${filesAreRight ? 0 : 1}; }
      ${takeOver?.argv[2]}`);
    return Promise.all([
      expect(does(["rspamd.service"], true)).resolves.toEqual([0, "restart rspamd.service\n"]),
      expect(does(["rspamd.service"], false)).resolves.toEqual([1, ""]),
      expect(does(["rspamd.service", "rspamd.socket"], true)).resolves.toEqual([0, ""]),
      expect(does([], true)).resolves.toEqual([0, ""]),
    ]);
  });

  const spawned = async (script: string, program = ["sh", "-c"]): Promise<[number, string]> => {
    const [command = "", ...rest] = program;
    const child = spawn(command, [...rest, script], { stdio: ["ignore", "pipe", "ignore"] });
    let said = "";
    child.stdout.on("data", (data) => {
      said += data;
    });
    const [status] = await once(child, "close");
    return [status, said];
  };

  test("the probe asks rspamd itself: a listener that takes connections is not enough", async () => {
    const probe = wanted.health.find((one) => one.kind === "command" && one.argv.join().includes("11332"));
    const argv = probe?.kind === "command" ? probe.argv : [];
    const answered = async (answer: string) => {
      const server = createServer((peer) => {
        peer.on("error", () => undefined); // it may hang up on a wrong answer
        peer.once("data", () => peer.end(Buffer.from(answer, "hex")));
      });
      await once(server.listen(0, "127.0.0.1"), "listening");
      const { port } = server.address() as AddressInfo;
      const [status] = await spawned(argv[2]?.replace("11332", String(port)) ?? "", argv.slice(0, 2));
      server.close();
      return status;
    };
    expect(await answered("0000000d4f00000006000000000000000000")).toBe(0);
    expect(await answered("")).not.toBe(0);
    expect(await answered(Buffer.from("HTTP/1.1 400 Bad Request\r\n").toString("hex"))).not.toBe(0);
  });

  test("Postfix waits for longer than the old process may take to end", () => {
    const seconds = (text?: string) => Number(text?.match(/^(\d+)s?$/)?.[1]);
    const waits = seconds(parameter(commonSettings("mx", "mail1.example.org"), "milter_command_timeout"));
    expect(waits).toBeGreaterThanOrEqual(seconds(values(file(dropIn), "TimeoutStopSec")[0]) + 30);
  });
});

test("only mailstores reach the controller, and nobody the milter from outside", () => {
  expect(lines(file("/etc/nftables.d/filter.nft"))).toEqual([
    'iifname "postfleet" ip6 saddr { fdc4:79ab:8be1:9098::2 } tcp dport 11334 accept',
  ]);
  const spread = filter.manifest({ ...args, listen: ["192.0.2.13"], milterHosts: ["192.0.2.11"] });
  expect(lines(file("/etc/nftables.d/filter.nft", spread))[0]).toBe("ip saddr { 192.0.2.11 } tcp dport 11332 accept");
});

test("the component is one role on the host, and the keys are in its secret files alone", async () => {
  const pem = String(
    generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({ type: "pkcs8", format: "pem" }),
  );
  const made = new (componentOf(filter))("filter-mail1", {
    ...args,
    host,
    dkimKeys: { [dkimKeyPath("example.org", "r1")]: pem },
  });
  const { urn } = await settled(made.role.urn);
  expect(urn).toContain("postfleet:mail:Filter$postfleet:host:Role::filter-mail1");
  const roles = declared.filter((resource) => resource.type === "postfleet:host:Role");
  expect(roles.map((role) => role.name)).toEqual(["filter-mail1"]);
  const { secretFiles, ...open } = roles[0]?.inputs ?? {};
  expect(JSON.stringify(secretFiles)).toContain("BEGIN PRIVATE KEY");
  expect(JSON.stringify(secretFiles)).toContain('"group":"_rspamd","mode":"0640","owner":"root"');
  expect(JSON.stringify(open)).not.toContain("PRIVATE KEY");
});

describeInChroot("systemd", () => {
  test("takes the socket and the drop-in beside the package's unit", () => {
    const place = "/etc/systemd/system/";
    const units = stage({
      "rspamd.socket": file(`${place}rspamd.socket`),
      "rspamd.service.d/postfleet.conf": file(`${place}rspamd.service.d/postfleet.conf`),
    });
    const { output } = runInChroot(["systemd-analyze", "verify", "--man=no", "rspamd.socket", "rspamd.service"], {
      env: { SYSTEMD_UNIT_PATH: `${units}:` },
    });
    expect(output).not.toMatch(/rspamd/);
  });
});

describeInChroot("rspamd itself", () => {
  let folder = "";
  beforeAll(() => {
    folder = stage(contentsOf(wanted));
  });
  const rspamadm = (...argv: string[]) => inChroot("rspamadm", `--var=LOCAL_CONFDIR=${folder}/etc/rspamd`, ...argv);

  test("accepts the files", () => {
    const says = rspamadm("configtest");
    expect(says.output).toContain("syntax OK");
    expect(says.status).toBe(0);
  }, 60_000);

  test("understands them as meant: keys it does not know it would pass over in silence", () => {
    const dump = JSON.parse(rspamadm("configdump", "--json").stdout);
    expect(dump.actions).toMatchObject({ reject: 15, add_header: 6, greylist: 4 });
    expect(JSON.stringify(dump.worker)).toContain('"systemd:0"');
    expect(JSON.stringify(dump.worker)).not.toContain(":11332");
    expect(dump.ratelimit.rates.account.bucket).toMatchObject({ burst: 7, rate: "100 / 1h" });
    expect(dump.dkim_signing.domain["example.org"].selectors).toEqual([
      { selector: "r1", path: "/etc/rspamd/dkim/example.org.r1.key" },
      { selector: "e1", path: "/etc/rspamd/dkim/example.org.e1.key" },
    ]);
    expect(dump.dmarc.actions).toMatchObject({ reject: "reject", quarantine: "add header" });
    expect(dump.options.local_addrs).toEqual(expect.arrayContaining(["::1", "192.0.2.11", "2001:db8::11"]));
    expect(dump.options.local_addrs).not.toContain("192.168.0.0/16");
    expect(dump.fuzzy_check.enabled).toBe(false);
    // Nothing is fetched from the Internet.
    expect(JSON.stringify({ ...dump, multimap: {}, rbl: {}, whitelist: {}, known_senders: {} })).not.toContain(
      "https://maps.",
    );
  }, 60_000);

  test("accepts the files of the moment when the keys change, and means the new ones", () => {
    const changed = filter.manifest({
      ...args,
      dkim: [
        { domain: "example.org", selector: "r2", algorithm: "rsa" },
        { domain: "example.org", selector: "e1", algorithm: "ed25519" },
      ],
    });
    folder = stage(contentsOf(changed));
    expect(rspamadm("configtest").output).toContain("syntax OK");
    const dump = JSON.parse(rspamadm("configdump", "--json").stdout);
    const selectors = dump.dkim_signing.domain["example.org"].selectors as { selector: string }[];
    expect(selectors.map(({ selector }) => selector)).toEqual(["r2", "e1"]);
    expect(dump.arc.domain["example.org"].selector).toBe("r2");
  }, 60_000);
});

import { createHash, generateKeyPairSync, X509Certificate } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { componentOf } from "../../../components/role";
import { type BackupTargetArgs, backup, shareOf } from "../../../roles/backup";
import { selfSigned } from "../../../roles/backup/certificate";
import * as target from "../../../roles/backup/files";
import { type BackupClientArgs, backupClient } from "../../../roles/backup-client";
import * as client from "../../../roles/backup-client/files";
import { type HostSpec, presentHosts } from "../../../site";
import { SPREAD, siteOf } from "../../plan/sites";
import { describeInChroot, inChroot, lintShell, stage } from "../../support/chroot";
import { HOST, openInputs, registered, secretFiles } from "../host/mocks";

const TARGET: BackupTargetArgs = {
  clients: [
    { name: "mail1", addresses: ["192.0.2.11", "2001:db8::11"] },
    { name: "mail2", addresses: ["192.0.2.12"] },
  ],
  certificate: "PEM\n",
};
const BACK1 = { name: "back1", address: "2001:db8::21" };
const CLIENT: BackupClientArgs = { client: "mail1", targets: [BACK1], certificates: { back1: "PEM\n" } };

describe("the pinned certificate", () => {
  const key = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const names = ["back1.example.org", "192.0.2.21", "2001:db8::21"];

  test("is the same every time, signed by its own key, for every name", () => {
    expect(selfSigned(key, names)).toBe(selfSigned(key, names));
    const certificate = new X509Certificate(selfSigned(key, names));
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkHost("back1.example.org")).toBe("back1.example.org");
    expect(certificate.checkIP("192.0.2.21")).toBe("192.0.2.21");
    expect(certificate.subjectAltName).toContain("2001:DB8:0:0:0:0:0:21");
    expect(certificate.checkIP("192.0.2.22")).toBeUndefined();
  });

  test("a key whose signatures vary is refused", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    expect(() => selfSigned(pem, names)).toThrow(/Ed25519 key was expected, ec was given/);
  });
});

describe("the target", () => {
  test("only adds, and speaks TLS", () => {
    for (const flag of ["--append-only", "--tls ", "--htpasswd-file", "--max-size"])
      expect(target.server(TARGET)).toContain(flag);
  });

  test("each client has a server with a port, a login, a folder and a share of its own", () => {
    const { files, services, health } = backup.manifest(TARGET);
    const unit = (name: string) => files[`/etc/systemd/system/postfleet-backup-server-${name}.service`]?.content;
    expect(unit("mail1")).toContain("\nExecStart=/usr/local/lib/postfleet/backup-server mail1 8000 500\n");
    expect(unit("mail2")).toContain("\nExecStart=/usr/local/lib/postfleet/backup-server mail2 8001 500\n");
    expect(unit("mail2")).toContain("\nReadWritePaths=/srv/backup/mail2\n");
    expect(services["postfleet-backup-server-mail2.service"]?.restartOn).toContain(
      "/etc/postfleet/backup/htpasswd-mail2",
    );
    expect(services["restic-rest-server.service"]).toMatchObject({ enabled: false, running: false });
    expect(health.map((probe) => "url" in probe && probe.url)).toEqual([
      "https://127.0.0.1:8000/",
      "https://127.0.0.1:8001/",
    ]);
  });

  test("mail has most of the room, all shares together no more than there is", () => {
    const hosts = presentHosts(siteOf(SPREAD));
    const shares = (all: HostSpec[]) => all.map((host) => shareOf(all, host));
    const store = hosts.filter(({ roles }) => roles.includes("mailstore"));
    const others = hosts.filter(({ roles }) => !roles.includes("mailstore"));
    expect(shares(store)).toEqual([1000]);
    expect(shares([...store, ...others.slice(0, 2)])).toEqual([900, 50, 50]);
    expect(shares(others.slice(0, 3))).toEqual([333, 333, 333]);
    const many = [...store, ...Array.from({ length: 30 }, () => ({ ...(others[0] as HostSpec) }))];
    expect(shares(many)[0]).toBeGreaterThanOrEqual(500);
    expect(shares(many).reduce((sum, share) => sum + share)).toBeLessThanOrEqual(1000);
  });

  test("lets in its clients and nobody else", () => {
    const nft = (args: BackupTargetArgs) => backup.manifest(args).files["/etc/nftables.d/backup.nft"]?.content ?? "";
    expect(nft(TARGET).split("\n").slice(1)).toEqual([
      "ip saddr { 192.0.2.11, 192.0.2.12 } tcp dport 8000 accept",
      "ip6 saddr { 2001:db8::11 } tcp dport 8000 accept",
      "ip saddr { 192.0.2.11, 192.0.2.12 } tcp dport 8001 accept",
      "ip6 saddr { 2001:db8::11 } tcp dport 8001 accept",
      "",
    ]);
    expect(nft({ ...TARGET, clients: [] })).not.toContain("accept");
  });

  test("htpasswd holds hashes", () => {
    const hash = createHash("sha1").update("secret").digest("base64");
    expect(target.htpasswd("mail1", "secret")).toContain(`\nmail1:{SHA}${hash}\n`);
  });

  test("the keep rule and the pace reach the ledger", () => {
    const text = target.ledger({ ...TARGET, keep: { daily: 3, weekly: 2, monthly: 1 }, every: 15 });
    expect(text).toContain('KEEP = [(3, "%Y-%m-%d"), (2, "%G-%V"), (1, "%Y-%m")]');
    expect(text).toContain("MOST_A_DAY = 212\n");
  });

  test("scripts are sound", () => {
    expect(lintShell(target.server(TARGET))).toBe("");
    expect(lintShell(target.server({ ...TARGET, maxSize: 1e12 }))).toBe("");
  });

  test("without the passwords it watches, and neither prunes nor checks; repositories and state outlive the role", () => {
    const timers = (args: BackupTargetArgs) =>
      Object.keys(backup.manifest(args).services).filter((name) => name.endsWith(".timer"));
    expect(timers({ ...TARGET, upkeep: false })).toEqual(["postfleet-backup-watch.timer"]);
    expect(timers(TARGET).map((name) => name.slice("postfleet-backup-".length))).toEqual([
      "prune.timer",
      "check.timer",
      "watch.timer",
    ]);
    expect(timers({ ...TARGET, clients: [] })).toEqual([]);
    const watch = target.upkeepService({ ...TARGET, upkeep: false }, "watch");
    expect(watch).not.toContain("LoadCredential");
    expect(target.upkeepService(TARGET, "watch")).toContain("LoadCredential=mail2:");
    expect(backup.manifest(TARGET).keep).toEqual(["/srv/backup", "/var/lib/postfleet-backup"]);
  });
});

describe("the client", () => {
  test("address and passwords are restic's environment", () => {
    const text = client.environment("mail1", BACK1, "p/w x", "repo=1$");
    expect(text).toContain("RESTIC_REPOSITORY=rest:https://mail1:p%2Fw%20x@[2001:db8::21]:8000/\n");
    expect(text).toContain("RESTIC_PASSWORD=repo=1$\n");
    expect(text).toContain("RESTIC_CACERT=/etc/postfleet/backup/back1.pem\n");
  });

  test("it runs at the asked pace, and the restore script is sound", () => {
    expect(client.timer({ ...CLIENT, every: 15 })).toContain("OnUnitActiveSec=15min\n");
    expect(lintShell(client.restore(CLIENT))).toBe("");
  });

  test("its manifest holds the certificate to expect", () => {
    const files = backupClient.manifest(CLIENT).files;
    expect(files["/etc/postfleet/backup/back1.pem"]?.content).toBe("PEM\n");
  });
});

describe("components: passwords travel as secret files only", () => {
  test("target", async () => {
    const { list } = await registered(
      () =>
        new (componentOf(backup))("backup-back1", {
          ...TARGET,
          host: HOST,
          privateKey: "TLS-KEY",
          passwords: { mail1: pulumi.output("LOGIN") },
          repositoryPasswords: { mail1: "REPOSITORY" },
        }),
    );
    expect(list.map(({ type }) => type)).toEqual(["postfleet:mail:BackupTarget", "postfleet:host:Role"]);
    const secrets = secretFiles(list[1]);
    expect(Object.keys(secrets).sort()).toEqual(
      [target.htpasswdFile("mail1"), target.repositoryPassword("mail1"), target.KEY].sort(),
    );
    expect(secrets[target.htpasswdFile("mail1")]).not.toContain("LOGIN");
    expect(openInputs(list[1])).not.toMatch(/TLS-KEY|LOGIN|REPOSITORY/);
  });

  test("a target that was given no repository password must say that it prunes nothing", async () => {
    const secrets = { privateKey: "K", passwords: { mail1: "P" }, repositoryPasswords: {} };
    const { list } = await registered(
      () => new (componentOf(backup))("backup-back1", { ...TARGET, ...secrets, host: HOST, upkeep: false }),
    );
    expect(list[1]?.inputs.services).not.toHaveProperty("postfleet-backup-prune.timer");
    expect(() => backup.secrets?.files(secrets, TARGET)).toThrow(/that of mail1 is missing\nhint: /);
  });

  test("client", async () => {
    const { list, urns } = await registered(
      () =>
        new (componentOf(backupClient))("backup-mail1", {
          ...CLIENT,
          host: HOST,
          passwords: { back1: "LOGIN" },
          repositoryPasswords: { back1: "REPOSITORY" },
        }),
    );
    expect(urns[1]).toContain("postfleet:mail:BackupClient$postfleet:host:Role::backup-mail1");
    expect(secretFiles(list[1])[client.environmentFile("back1")]).toContain("RESTIC_PASSWORD=REPOSITORY\n");
    expect(openInputs(list[1])).not.toMatch(/LOGIN|REPOSITORY/);
  });

  test("a target without its repository password is named", () => {
    const secrets = { passwords: { back1: "x" }, repositoryPasswords: {} };
    expect(() => backupClient.secrets?.files(secrets, CLIENT)).toThrow(/target back1 has no password of a repository/);
  });
});

describeInChroot("real parsers", () => {
  test("Python takes the programs", () => {
    const folder = stage({
      ledger: target.ledger(TARGET),
      upkeep: target.upkeep(TARGET),
      operator: target.operator(TARGET),
      backup: client.script(CLIENT),
    });
    for (const name of ["ledger", "upkeep", "operator", "backup"])
      expect(
        inChroot("python3", "-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())", `${folder}/${name}`),
      ).toMatchObject({
        status: 0,
        output: "",
      });
  });

  test("systemd takes the units", () => {
    const units: Record<string, string> = {
      "postfleet-backup.service": client.service(CLIENT),
      "postfleet-backup.timer": client.timer(CLIENT),
    };
    for (const source of TARGET.clients) units[target.serverUnit(source.name)] = target.serverService(TARGET, source);
    for (const work of target.worksOf(TARGET)) {
      units[`postfleet-backup-${work}.service`] = target.upkeepService(TARGET, work);
      units[`postfleet-backup-${work}.timer`] = target.upkeepTimer(TARGET, work);
    }
    const folder = stage(
      Object.fromEntries(
        Object.entries(units).map(([name, text]) => [name, text.replace(/^(Exec\w+=)(\S+)/gm, "$1/bin/true")]),
      ),
    );
    const run = inChroot(
      "systemd-analyze",
      "verify",
      "--man=no",
      ...Object.keys(units).map((name) => `${folder}/${name}`),
    );
    expect(run.output).not.toMatch(/postfleet-backup[\w-]*\.(service|timer):\d+:/);
  });
});

import { createHash, generateKeyPairSync, X509Certificate } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { componentOf } from "../../../components/role";
import { type BackupTargetArgs, backup } from "../../../roles/backup";
import { selfSigned } from "../../../roles/backup/certificate";
import * as target from "../../../roles/backup/files";
import { type BackupClientArgs, backupClient } from "../../../roles/backup-client";
import * as client from "../../../roles/backup-client/files";
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
  test("only adds, keeps clients apart, and speaks TLS", () => {
    for (const flag of ["--append-only", "--private-repos", "--tls ", "--htpasswd-file", "--max-size"])
      expect(target.server(TARGET)).toContain(flag);
  });

  test("lets in its clients and nobody else", () => {
    const nft = (args: BackupTargetArgs) => backup.manifest(args).files["/etc/nftables.d/backup.nft"]?.content ?? "";
    expect(nft(TARGET).split("\n").slice(1)).toEqual([
      "ip saddr { 192.0.2.11, 192.0.2.12 } tcp dport 8000 accept",
      "ip6 saddr { 2001:db8::11 } tcp dport 8000 accept",
      "",
    ]);
    expect(nft({ ...TARGET, clients: [] })).not.toContain("accept");
  });

  test("htpasswd holds hashes", () => {
    const hash = createHash("sha1").update("secret").digest("base64");
    expect(target.htpasswd({ mail1: "secret" })).toContain(`\nmail1:{SHA}${hash}\n`);
  });

  test("the keep rule reaches restic", () => {
    const script = target.upkeep({ ...TARGET, keep: { daily: 3, weekly: 2, monthly: 1 } });
    expect(script).toContain('"--keep-daily", "3", "--keep-weekly", "2", "--keep-monthly", "1"');
  });

  test("scripts are sound", () => {
    expect(lintShell(target.server(TARGET))).toBe("");
    expect(lintShell(target.server({ ...TARGET, maxSize: 1e12 }))).toBe("");
  });

  test("without upkeep nothing there prunes; repositories are never removed with the role", () => {
    const names = Object.keys(backup.manifest({ ...TARGET, upkeep: false }).services);
    expect(names).toEqual(["nftables.service", "restic-rest-server.service"]);
    expect(backup.manifest(TARGET).keep).toEqual(["/srv/backup"]);
  });
});

describe("the client", () => {
  test("address and passwords are restic's environment", () => {
    const text = client.environment("mail1", BACK1, "p/w x", "repo=1$");
    expect(text).toContain("RESTIC_REPOSITORY=rest:https://mail1:p%2Fw%20x@[2001:db8::21]:8000/mail1/\n");
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
      [target.HTPASSWD, target.repositoryPassword("mail1"), target.KEY].sort(),
    );
    expect(secrets[target.HTPASSWD]).not.toContain("LOGIN");
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
  test("Python takes both scripts", () => {
    const folder = stage({
      upkeep: target.upkeep(TARGET),
      backup: client.script(CLIENT),
    });
    for (const name of ["upkeep", "backup"])
      expect(
        inChroot("python3", "-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())", `${folder}/${name}`),
      ).toMatchObject({
        status: 0,
        output: "",
      });
  });

  test("systemd takes the units", () => {
    const folder = stage({
      "postfleet-backup.service": client.service(CLIENT).replace(/^ExecStart=.*$/m, "ExecStart=/bin/true"),
      "postfleet-backup.timer": client.timer(CLIENT),
    });
    const run = inChroot(
      "systemd-analyze",
      "verify",
      "--man=no",
      `${folder}/postfleet-backup.service`,
      `${folder}/postfleet-backup.timer`,
    );
    expect(run.output).not.toMatch(/postfleet-backup\.(service|timer):\d+:/);
  });
});

/** The foreign provider's files, read by the programs they are for: a Debian 13 root with the packages at POSTFLEET_CHROOT. */
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { createServer, type Server } from "node:net";
import { dkimRecords, foreignFiles } from "../../lab/foreign1";
import { dovecotConf } from "../../lab/foreign1/dovecot";
import { mainCf, masterCf } from "../../lab/foreign1/postfix";
import { rspamdConf } from "../../lab/foreign1/rspamd";
import { pebbleConfig } from "../../lab/net1/pebble";
import { acceptsRecipient } from "../../lab/services";
import { describeInChroot, inChroot, stage } from "../support/chroot";
import { listening } from "../support/loopback";

test("the DKIM record holds the public key of the private one", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const record = dkimRecords(privateKey.export({ type: "pkcs8", format: "pem" }).toString()).s1 ?? "";
  const key = createPublicKey({ key: Buffer.from(record.split("p=")[1] ?? "", "base64"), type: "spki", format: "der" });
  expect(record).toMatch(/^v=DKIM1; k=rsa; p=/);
  expect(key.equals(publicKey)).toBe(true);
});

test("pebble's configuration is JSON with the ports of the lab", () => {
  expect(JSON.parse(pebbleConfig()).pebble).toMatchObject({ listenAddress: "[::]:14000", httpPort: 80, tlsPort: 443 });
});

describe("a probe of the MX", () => {
  let server: Server;
  afterEach(() => server.close());
  const mx = (replies: Record<string, string>) => {
    server = createServer((socket) => {
      socket.write("220 mx ready\r\n");
      socket.on("error", () => undefined);
      socket.on("data", (data) => socket.write(replies[data.toString().slice(0, 4)] ?? "250-mx\r\n250 ok\r\n"));
    });
    return listening(server);
  };
  test("says yes to an MX that takes the recipient", async () => {
    expect(await acceptsRecipient("127.0.0.1", "zoe@foreign.example", await mx({}))).toBe(true);
  });
  test("says no when its milter is away", async () => {
    const port = await mx({ MAIL: "451 4.7.1 Service unavailable\r\n" });
    expect(await acceptsRecipient("127.0.0.1", "zoe@foreign.example", port)).toBe(false);
  });
});

describeInChroot("Debian's programs accept the files", () => {
  test("postfix", () => {
    const folder = stage({ "main.cf": mainCf(), "master.cf": masterCf() });
    const { stdout, stderr, status } = inChroot("postconf", "-c", folder, "-n");
    const mapOf = (name: string) => new RegExp(`^${name} = (.*)$`, "m").exec(stdout)?.[1] ?? "";
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("smtp_tls_security_level = dane");
    const alias = ["postmap", "-c", folder, "-q", "@sts-good.example", mapOf("virtual_alias_maps")];
    expect(inChroot(...alias).stdout).toBe("zoe@foreign.example\n");
    expect(inChroot("postconf", "-c", folder, "-M").stdout).toMatch(/^submissions\s+inet/m);
  });

  test("nginx, which gives each domain its own policy", () => {
    const pair = { certificate: "", key: "" };
    const files = foreignFiles({ ...pair, policies: pair, dkim: "", passwords: {} });
    const site = files["/etc/nginx/sites-enabled/default"]?.content ?? "";
    const root = /root (.*)\$host;/.exec(site)?.[1];
    expect(files[`${root}mta-sts.foreign.example/.well-known/mta-sts.txt`]?.content).toContain(
      "mx: mx.foreign.example\r\n",
    );
    expect(files[`${root}mta-sts.sts-bad.example/.well-known/mta-sts.txt`]?.content).toContain(
      "mx: mx.elsewhere.example\r\n",
    );
    // The certificates' files are another matter here.
    const bare = site.replace(/^ *ssl_certificate.*\n/gm, "").replace(/ ssl;/g, ";");
    const folder = stage({ "nginx.conf": `pid /tmp/nginx-lab.pid; events {}\nhttp { ${bare} }\n` });
    expect(inChroot("nginx", "-t", "-e", "stderr", "-c", `${folder}/nginx.conf`).stderr).toContain(
      "test is successful",
    );
  });

  test("dovecot", () => {
    // The certificate's files are another matter here.
    const folder = stage({ "dovecot.conf": dovecotConf().replace(/^ssl_server_.*\n/gm, "") });
    const { stderr, status } = inChroot("doveconf", "-c", `${folder}/dovecot.conf`, "-n");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test("rspamd", () => {
    const folder = stage({ "rspamd.conf": rspamdConf() });
    const { stdout, status } = inChroot("rspamadm", "configtest", "-c", `${folder}/rspamd.conf`);
    expect({ status, stdout: stdout.trim() }).toEqual({ status: 0, stdout: "syntax OK" });
  });
});

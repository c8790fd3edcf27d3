import {
  type AcmeArgs,
  Certificates,
  type CertificatesArgs,
  certificatesManifest,
} from "../../../components/certificates";
import { request, timer } from "../../../components/certificates/files";
import { legoServer, script } from "../../../components/certificates/script";
import { describeInChroot, inChroot, lintShell, stage } from "../../support/chroot";
import { HOST, openInputs, registered, secretFiles } from "../host/mocks";

const ACME: AcmeArgs = { directory: "https://acme.example:14000/dir", email: "postmaster@example.org" };
const ARGS: CertificatesArgs = { hostname: "mail1.example.org", names: ["imap.example.org"], acme: ACME };
const TLS = "/etc/postfleet/tls/mail1.example.org";

describe("files", () => {
  test.each<[string, CertificatesArgs]>([
    ["with ACME", ARGS],
    [
      "with a private CA and a registered account",
      { ...ARGS, acme: { ...ACME, caCertificate: "PEM", accountUri: "https://a/1" } },
    ],
    ["self-signed only", { hostname: "mail1.example.org", names: [] }],
  ])("the script is sound shell: %s", (_, args) => {
    expect(lintShell(script(args))).toBe("");
  });

  test("lego's folder of a CA", () => {
    expect(legoServer("https://acme.example:14000/dir")).toBe("acme.example_14000");
    expect(legoServer("https://acme-v02.api.letsencrypt.org/directory")).toBe("acme-v02.api.letsencrypt.org");
  });

  test("the threshold of renewal is in days", () => {
    expect(script({ ...ARGS, acme: { ...ACME, renewBefore: 20 } })).toContain("-checkend 1728000 ");
  });

  test("the timer fires after every change and twice a day, 12 hours apart, always at the same minute", () => {
    const times = [...timer(ARGS).matchAll(/OnCalendar=\*-\*-\* (\d+):(\d+):00/g)].map(
      ([, h, m]) => Number(h) * 60 + Number(m),
    );
    expect(times).toHaveLength(2);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBe(720);
    expect(timer(ARGS)).toBe(timer({ ...ARGS, names: [] }));
    expect(timer(ARGS)).not.toBe(timer({ ...ARGS, hostname: "mail2.example.org" }));
  });

  test("without a CA there is no timer and no lego", () => {
    const plain = certificatesManifest({ hostname: "mail1.example.org", names: [] });
    expect(Object.keys(plain.services)).toEqual(["nftables.service", "nginx.service"]);
    expect(plain.packages).not.toHaveProperty("lego");
  });

  test("a certificate is made before anything that needs one starts", () => {
    expect(certificatesManifest(ARGS).prepare[0]).toEqual({
      argv: ["/usr/local/lib/postfleet/renew-certificates", "--ensure"],
      onChange: [`${TLS}/privkey.pem`, "/usr/local/lib/postfleet/renew-certificates"],
      creates: `${TLS}/fullchain.pem`,
    });
  });
});

describe("component", () => {
  test("keys travel as secret files only", async () => {
    const { list, urns } = await registered(
      () => new Certificates("cert-mail1", { ...ARGS, host: HOST, privateKey: "TLS-KEY", accountKey: "ACME-KEY" }),
    );
    expect(list.map(({ type }) => type)).toEqual(["postfleet:mail:Certificates", "postfleet:host:Role"]);
    expect(urns[1]).toContain("postfleet:mail:Certificates$postfleet:host:Role::cert-mail1");
    expect(secretFiles(list[1])).toEqual({
      [`${TLS}/privkey.pem`]: "TLS-KEY",
      "/etc/postfleet/acme/account.pem": "ACME-KEY",
    });
    expect(openInputs(list[1])).not.toMatch(/TLS-KEY|ACME-KEY/);
  });
});

describeInChroot("the script at work, self-signed", () => {
  /** The script with every place of the host moved into a folder. */
  const folder = () => {
    const args: CertificatesArgs = { hostname: "mail1.example.org", names: ["imap.example.org"] };
    const root = stage({
      "etc/postfleet/acme/request.cnf": request(args),
      renew: script(args),
      "var/lib/postfleet/x": "",
    });
    inChroot("mkdir", "-p", `${root}${TLS}`);
    inChroot(
      "sed",
      "-i",
      `s#/etc/postfleet#${root}/etc/postfleet#g; s#/var/lib/postfleet#${root}/var/lib/postfleet#g`,
      `${root}/renew`,
    );
    return root;
  };
  const newKey = (root: string) =>
    inChroot(
      "openssl",
      "genpkey",
      "-algorithm",
      "EC",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-out",
      `${root}${TLS}/privkey.pem`,
    );
  const read = (root: string, ...what: string[]) =>
    inChroot("openssl", "x509", "-in", `${root}${TLS}/fullchain.pem`, "-noout", ...what).output;

  test("makes a certificate with all names, keeps it, and replaces one of another key", () => {
    const root = folder();
    newKey(root);
    expect(inChroot(`${root}/renew`, "--ensure")).toMatchObject({ status: 0 });
    expect(read(root, "-ext", "subjectAltName")).toContain("DNS:mail1.example.org, DNS:imap.example.org");
    const first = read(root, "-serial");
    inChroot(`${root}/renew`, "--ensure");
    expect(read(root, "-serial")).toBe(first);
    newKey(root);
    inChroot(`${root}/renew`, "--ensure");
    expect(read(root, "-serial")).not.toBe(first);
    expect(read(root, "-pubkey")).toBe(
      inChroot("openssl", "pkey", "-in", `${root}${TLS}/privkey.pem`, "-pubout").output,
    );
  });

  test("an expired certificate is kept rather than none", () => {
    const root = folder();
    newKey(root);
    const dates = ["-not_before", "20200101000000Z", "-not_after", "20200201000000Z"];
    const pair = ["-key", `${root}${TLS}/privkey.pem`, "-out", `${root}${TLS}/fullchain.pem`];
    expect(inChroot("openssl", "req", "-x509", "-subj", "/CN=old", ...dates, ...pair).status).toBe(0);
    expect(inChroot(`${root}/renew`, "--ensure").status).toBe(0);
    expect(read(root, "-subject")).toContain("old");
  });
});

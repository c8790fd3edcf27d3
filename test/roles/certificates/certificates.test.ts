import { componentOf } from "../../../components/role";
import { type AcmeArgs, type CertificatesArgs, certificates } from "../../../roles/certificates";
import { request, timer } from "../../../roles/certificates/files";
import { legoServer, script } from "../../../roles/certificates/script";
import { describeInChroot, inChroot, lintShell, stage } from "../../support/chroot";
import { HOST, openInputs, registered, secretFiles } from "../host/mocks";

const ACME: AcmeArgs = { directory: "https://acme.example:14000/dir", email: "postmaster@example.org" };
const ARGS: CertificatesArgs = { hostname: "mail1.example.org", names: ["imap.example.org"], acme: ACME };
const TLS = "/etc/postfleet/tls/mail1.example.org";

describe("files", () => {
  test.each<[string, CertificatesArgs]>([
    ["with ACME", ARGS],
    ["with a private CA and a registered account", { ...ARGS, caCertificate: "PEM", accountUri: "https://a/1" }],
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
    const plain = certificates.manifest({ hostname: "mail1.example.org", names: [] });
    expect(Object.keys(plain.services)).toEqual(["nftables.service", "nginx.service"]);
    expect(plain.packages).not.toHaveProperty("lego");
  });

  test("a certificate is made before anything that needs one starts", () => {
    expect(certificates.manifest(ARGS).prepare[0]).toEqual({
      argv: ["/usr/local/lib/postfleet/renew-certificates", "--ensure"],
      onChange: ["/etc/postfleet/acme/certificate-key.pem", "/usr/local/lib/postfleet/renew-certificates"],
      creates: `${TLS}/fullchain.pem`,
    });
  });
});

describe("component", () => {
  test("keys travel as secret files only", async () => {
    const { list, urns } = await registered(
      () =>
        new (componentOf(certificates))("cert-mail1", {
          ...ARGS,
          host: HOST,
          privateKey: "TLS-KEY",
          accountKey: "ACME-KEY",
        }),
    );
    expect(list.map(({ type }) => type)).toEqual(["postfleet:mail:Certificates", "postfleet:host:Role"]);
    expect(urns[1]).toContain("postfleet:mail:Certificates$postfleet:host:Role::cert-mail1");
    expect(secretFiles(list[1])).toEqual({
      "/etc/postfleet/acme/certificate-key.pem": "TLS-KEY",
      "/etc/postfleet/acme/account.pem": "ACME-KEY",
    });
    expect(openInputs(list[1])).not.toMatch(/TLS-KEY|ACME-KEY/);
  });
});

/** The script with every place of the host moved into a folder, and what a CA would say in the place of lego. */
function folder(args: CertificatesArgs) {
  const root = stage({
    "etc/postfleet/acme/request.cnf": request(args),
    renew: script(args),
    "var/lib/postfleet/x": "",
    // The stand-in CA signs any request with a key of its own; refuses while a file says so.
    "bin/lego": `#!/bin/sh
while [ $# -gt 0 ]; do case "$1" in --path) path=$2; shift ;; --csr) csr=$2; shift ;; esac; shift; done
[ ! -e "$(dirname "$0")/refuse" ] || { echo "urn:ietf:params:acme:error:rateLimited" >&2; exit 1; }
mkdir -p "$path/certificates"
openssl req -x509 -newkey ed25519 -nodes -keyout "$path/ca.key" -subj /CN=ca -out "$path/ca.crt" 2>/dev/null
sleep 0.01
openssl x509 -req -in "$csr" -CA "$path/ca.crt" -CAkey "$path/ca.key" -copy_extensions copy -days 90 -out "$path/certificates/new.crt" 2>/dev/null
`,
    "bin/getent": "#!/bin/sh\necho 192.0.2.1\n",
  });
  inChroot("chmod", "0755", `${root}/bin/lego`, `${root}/bin/getent`);
  inChroot("mkdir", "-p", `${root}${TLS}`);
  inChroot(
    "sed",
    "-i",
    `s#/etc/postfleet#${root}/etc/postfleet#g; s#/var/lib/postfleet#${root}/var/lib/postfleet#g; 2iPATH=${root}/bin:$PATH`,
    `${root}/renew`,
  );
  const openssl = (...argv: string[]) => inChroot("openssl", ...argv).output;
  return {
    root,
    run: (...argv: string[]) => inChroot(`${root}/renew`, ...argv),
    wantNewKey: () =>
      openssl(
        ...["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        ...["-out", `${root}/etc/postfleet/acme/certificate-key.pem`],
      ),
    read: (...what: string[]) => openssl("x509", "-in", `${root}${TLS}/fullchain.pem`, "-noout", ...what),
    wanted: () => openssl("pkey", "-in", `${root}/etc/postfleet/acme/certificate-key.pem`, "-pubout"),
    served: () => openssl("pkey", "-in", `${root}${TLS}/privkey.pem`, "-pubout"),
    pending: () => inChroot("test", "-e", `${root}/var/lib/postfleet/certificates.reload`).status === 0,
  };
}

describeInChroot("the script at work, self-signed", () => {
  const self = { hostname: "mail1.example.org", names: ["imap.example.org"] };

  test("makes a certificate with all names, keeps it, and replaces one of another key", () => {
    const host = folder(self);
    host.wantNewKey();
    expect(host.run("--ensure")).toMatchObject({ status: 0 });
    expect(host.read("-ext", "subjectAltName")).toContain("DNS:mail1.example.org, DNS:imap.example.org");
    const first = host.read("-serial");
    host.run("--ensure");
    expect(host.read("-serial")).toBe(first);
    host.wantNewKey();
    host.run("--ensure");
    expect(host.read("-serial")).not.toBe(first);
    expect(host.read("-pubkey")).toBe(host.wanted());
    expect(host.served()).toBe(host.wanted());
    // Nobody comes later to reload: it was done at once.
    expect(host.pending()).toBe(false);
  });

  test("an expired certificate is kept rather than none", () => {
    const host = folder(self);
    host.wantNewKey();
    const dates = ["-not_before", "20200101000000Z", "-not_after", "20200201000000Z"];
    const key = `${host.root}/etc/postfleet/acme/certificate-key.pem`;
    const pair = ["-key", key, "-out", `${host.root}${TLS}/fullchain.pem`];
    expect(inChroot("openssl", "req", "-x509", "-subj", "/CN=old", ...dates, ...pair).status).toBe(0);
    expect(host.run("--ensure").status).toBe(0);
    expect(host.read("-subject")).toContain("old");
    expect(host.served()).toBe(host.wanted());
  });
});

describeInChroot("the script at work, with a CA", () => {
  test("a new key is served only together with its certificate: until the CA signs, the pair before stays", () => {
    const host = folder({ ...ARGS, acme: ACME });
    host.wantNewKey();
    expect(host.run("--ensure")).toMatchObject({ status: 0 });
    expect(host.read("-issuer")).toContain("mail1.example.org");
    expect(host.run()).toMatchObject({ status: 0 });
    expect(host.read("-issuer")).toContain("ca");
    const [before, first] = [host.wanted(), host.read("-serial")];
    expect(host.run().output).toContain("valid until");
    expect(host.read("-serial")).toBe(first);

    host.wantNewKey();
    expect(host.run("--ensure")).toMatchObject({ status: 0 });
    expect([host.read("-serial"), host.served()]).toEqual([first, before]);
    inChroot("touch", `${host.root}/bin/refuse`);
    expect(host.run().status).not.toBe(0);
    expect([host.read("-serial"), host.served()]).toEqual([first, before]);
    inChroot("rm", `${host.root}/bin/refuse`);
    expect(host.run()).toMatchObject({ status: 0 });
    expect([host.read("-pubkey"), host.served()]).toEqual([host.wanted(), host.wanted()]);
    expect(host.wanted()).not.toBe(before);
    expect(host.read("-issuer")).toContain("ca");
    expect(host.pending()).toBe(false);
  });

  test("a key that was lost on the host comes back without a new certificate", () => {
    const host = folder({ ...ARGS, acme: ACME });
    host.wantNewKey();
    host.run();
    const serial = host.read("-serial");
    inChroot("rm", `${host.root}${TLS}/privkey.pem`);
    expect(host.run("--ensure")).toMatchObject({ status: 0 });
    expect([host.read("-serial"), host.served()]).toEqual([serial, host.wanted()]);
  });
});

/** Contacts that are legal, RFC 5321 section 4.1.2, and URIs of accounts, RFC 3986: all of them mean something to a shell. */
const CONTACTS = [
  "o'brien@example.org",
  "a`touch${IFS}x`@example.org",
  "$home&{a,b}|c@example.org",
  "*~!^=+'@example.org",
];
const URIS = ["https://ca.example/acct/7", "https://ca.example/a'b'$(touch%20x)&c=*!~", "https://ca.example/`id`"];

test.each(CONTACTS.flatMap((email) => URIS.map((uri) => [email, uri])))("sound shell: %s, %s", (email, accountUri) => {
  const says = lintShell(script({ ...ARGS, acme: { ...ACME, email }, accountUri }));
  // SC2016: nothing expands in single quotes. That is what they are for.
  expect([...says.matchAll(/SC\d+ \(/g)].filter(([code]) => code !== "SC2016 (")).toEqual([]);
});

test("an ordinary contact has no quotes where there were none", () => {
  const text = script({ ...ARGS, accountUri: "https://ca.example/acct/7" });
  const account = "/var/lib/postfleet/lego/accounts/acme.example_14000/postmaster@example.org";
  expect(text).toContain(`-traditional -out ${account}/keys/postmaster@example.org.key\n`);
  expect(text).toContain(`rm -f ${account}/account.json\n`);
});

test("what a shell's echo would change is refused", () => {
  for (const accountUri of ["https://ca.example/\\c", 'https://ca.example/"'])
    expect(() => script({ ...ARGS, accountUri })).toThrow(
      /Allowed are an address and a URI without quotes, backslashes/,
    );
});

describeInChroot("the account of the CA", () => {
  test.each(CONTACTS)("%s: key and account.json lie where lego looks for them, and say what they should", (email) => {
    const accountUri = URIS[1] ?? "";
    const acme = { ...ACME, email, directory: "https://acme.example:14000/dir';touch%20/tmp/x;'?a=$(id)&b" };
    const host = folder({ ...ARGS, acme, accountUri });
    host.wantNewKey();
    const account = `${host.root}/etc/postfleet/acme/account.pem`;
    inChroot("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", account);
    // What lego is told, one word a line.
    inChroot("sed", "-i", `2ifor w in "$@"; do echo "$w"; done >${host.root}/told`, `${host.root}/bin/lego`);
    expect(host.run()).toMatchObject({ status: 0 });
    const there = `${host.root}/var/lib/postfleet/lego/accounts/acme.example_14000/${email}`;
    expect(JSON.parse(inChroot("cat", `${there}/account.json`).stdout)).toEqual({
      email,
      registration: { body: { status: "valid" }, uri: accountUri },
    });
    expect(inChroot("head", "-n1", `${there}/keys/${email}.key`).stdout).toBe("-----BEGIN EC PRIVATE KEY-----\n");
    const told = inChroot("cat", `${host.root}/told`).stdout.split("\n");
    expect(told[told.indexOf("--server") + 1]).toBe(acme.directory);
    expect(told[told.indexOf("--email") + 1]).toBe(email);
    expect(told[told.indexOf("--email") + 2]).toBe("--accept-tos");
  });
});

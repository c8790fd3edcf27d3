/** The webmail's files, read by PHP, nginx and an XML reader where there are some. */
import * as pulumi from "@pulumi/pulumi";
import { componentOf } from "../../../components/role";
import { type WebmailArgs, webmail } from "../../../roles/webmail";
import { attachmentLimit } from "../../../roles/webmail/php";
import { describeInChroot, inChroot, runInChroot, stage } from "../../support/chroot";

const ARGS: WebmailArgs = {
  name: "webmail.example.org",
  domains: ["example.org", "example.net"],
  productName: "L'atelier <&> mail",
  imapHost: "imap.example.org",
  submissionHost: "smtp.example.org",
  mtaStsPolicy: "version: STSv1\nmode: enforce\nmx: mx1.example.org\nmax_age: 604800\n",
};
const text = (path: string, args: Partial<WebmailArgs> = {}) =>
  webmail.manifest({ ...ARGS, ...args }).files[path]?.content ?? "";
const SITE = "/etc/nginx/sites-enabled/postfleet-webmail.conf";
const CONFIG = "/etc/roundcube/config.inc.php";
const CLIENTS = "/usr/local/lib/postfleet/webmail";

test("IMAP and submission are reached by public name, with TLS from the start and certificates verified", () => {
  const config = text(CONFIG);
  expect(config).toContain("$config['imap_host'] = 'ssl://imap.example.org:993';");
  expect(config).toContain("$config['smtp_host'] = 'ssl://smtp.example.org:465';");
  expect(config.match(/'verify_peer' => true, 'verify_peer_name' => true/g)).toHaveLength(2);
  expect(config).toContain("$config['product_name'] = 'L\\'atelier <&> mail';");
});

test("every file says who owns it before anything else it says", () => {
  for (const [path, file] of Object.entries(webmail.manifest(ARGS).files)) {
    expect([path, /^(<\?php\n)?(#|;|\/\/|<!--) Owned by Postfleet, role webmail: /.test(file.content)]).toEqual([
      path,
      true,
    ]);
  }
});

test("only 443 is served and opened; each domain has its names; MTA-STS only with a policy", () => {
  const site = text(SITE);
  expect(site.match(/listen .*;/g)?.every((l) => / (\[::\]:)?443 ssl;/.test(l))).toBe(true);
  expect(site).toContain(
    "server_name autoconfig.example.org autoconfig.example.net autodiscover.example.org autodiscover.example.net;",
  );
  expect(site).toContain("server_name mta-sts.example.org mta-sts.example.net;");
  expect(site).toContain(`return 200 "${ARGS.mtaStsPolicy}";`);
  expect(text(SITE, { mtaStsPolicy: undefined })).not.toContain("mta-sts");
  expect(() => webmail.manifest({ ...ARGS, mtaStsPolicy: '"; }' })).toThrow(/mtaStsPolicy holds a quote/);
  expect(text("/etc/nftables.d/webmail.nft").split("\n").slice(1)).toEqual(["tcp dport 443 accept", ""]);
});

test("an attachment of the largest size still fits the message once it is base64", () => {
  const limit = 50 * 1024 ** 2;
  const largest = attachmentLimit(limit);
  expect(Math.ceil(largest / 57) * 78).toBeLessThanOrEqual(limit + 78);
  expect(largest).toBeGreaterThan(limit * 0.7);
});

test("mail clients are told of POP3 only where there is POP3", () => {
  expect(text(`${CLIENTS}/config-v1.1.xml`)).not.toContain("pop3");
  expect(text(`${CLIENTS}/config-v1.1.xml`, { pop3: true })).toContain('<incomingServer type="pop3">');
  expect(text(`${CLIENTS}/autodiscover.php`)).not.toContain("POP3");
});

test("the component makes one HostRole; the session key is in its secret file alone", async () => {
  const made: [string, string, Record<string, unknown>][] = [];
  await pulumi.runtime.setMocks({
    newResource: (args) => {
      made.push([args.type, args.name, args.inputs]);
      return { id: args.name, state: args.inputs };
    },
    call: () => ({}),
  });
  const host = { name: "mail1", address: "192.0.2.1", port: 22, user: "root", hostKeys: ["ssh-ed25519 AAAA"] };
  const component = new (componentOf(webmail))("webmail-mail1", { ...ARGS, host, sessionKey: "the-key" });
  const urn = await new Promise<string>((resolve) => component.role.urn.apply(resolve));
  expect(urn).toContain("postfleet:mail:Webmail$postfleet:host:Role::webmail-mail1");
  expect(made.map(([type, name]) => [type, name])).toEqual([
    ["postfleet:mail:Webmail", "webmail-mail1"],
    ["postfleet:host:Role", "webmail-mail1"],
  ]);
  const { secretFiles, ...open } = made[1]?.[2] ?? {};
  expect(JSON.stringify(secretFiles)).toContain("$config['des_key'] = 'the-key';");
  expect(JSON.stringify(open)).not.toContain("the-key");
});

describeInChroot("real parsers", () => {
  const put = (name: string, content: string): string => `${stage({ [name]: content })}/${name}`;

  test.each([
    CONFIG,
    "/etc/roundcube/plugins/managesieve/config.inc.php",
    "/var/lib/roundcube/plugins/postfleet/postfleet.php",
    `${CLIENTS}/autodiscover.php`,
  ])("PHP reads %s", (path) => {
    const { status, stdout } = inChroot("php", "-l", put("file.php", text(path)));
    expect([status, stdout]).toEqual([0, expect.stringContaining("No syntax errors")]);
  });

  test("autodiscover answers XML with the address that asked, escaped; without one it is an error", () => {
    const script = put("autodiscover.php", text(`${CLIENTS}/autodiscover.php`).replace("php://input", "php://stdin"));
    const ask = (body: string) => runInChroot(["php", script], { input: body }).stdout;
    const answer = ask("<a:EMailAddress>o&apos;x&amp;y@example.org</a:EMailAddress>");
    expect(answer).toMatch(/^<\?xml version="1\.0" encoding="utf-8"\?>\n<Autodiscover /);
    expect(answer.match(/<LoginName>o&apos;x&amp;y@example\.org<\/LoginName>/g)).toHaveLength(2);
    expect(ask("<nothing/>")).toMatch(/names an EMailAddress/);
  });

  test("autoconfig is well-formed XML", () => {
    const file = put("config.xml", text(`${CLIENTS}/config-v1.1.xml`));
    const code = `exit(simplexml_load_file('${file}')->emailProvider->incomingServer->port == 993 ? 0 : 1);`;
    expect(inChroot("php", "-r", code).status).toBe(0);
  });

  test("nginx takes the site", () => {
    // The certificate does not exist here: its absence is the one thing that nginx may complain of, and it comes last.
    const site = put("site.conf", text(SITE).replace(/include fastcgi_params/g, "include /etc/nginx/fastcgi_params"));
    const conf = put("nginx.conf", `error_log stderr; pid ${site}.pid; events {}\nhttp { include ${site}; }\n`);
    const said = inChroot("nginx", "-t", "-e", "stderr", "-c", conf).stderr;
    expect(said).toContain("cannot load certificate");
    expect(said.match(/\[(emerg|warn|alert|crit)\]/g)).toEqual(["[emerg]"]);
  });

  test("php-fpm takes the pool", () => {
    const users = text("/etc/php/8.4/fpm/pool.d/postfleet-webmail.conf").replace(/= roundcube/g, "= www-data");
    const conf = put("fpm.conf", `[global]\nerror_log = ${put("fpm.log", "")}\n${users}`);
    const { status, stderr } = inChroot("php-fpm8.4", "-t", "-y", conf);
    expect([status, stderr]).toEqual([0, expect.stringContaining("test is successful")]);
  });
});

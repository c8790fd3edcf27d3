import { missingBackups } from "../../policies/backups";
import type { Role } from "../../policies/finding";
import { unpinnedCommand, unpinnedHosts } from "../../policies/host-keys";
import { openRelay, openRelays, tooWide } from "../../policies/open-relay";
import { plainPasswords, secretIn } from "../../policies/passwords";

const KEY = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5${"A".repeat(48)}`;
const host = (name: string, address = "10.0.0.1"): Role["host"] => ({
  name,
  address,
  port: 22,
  user: "root",
  hostKeys: [KEY],
});
const text = (content: string) => ({ content, mode: "0644", owner: "root", group: "root" });

describe("passwords", () => {
  test.each([
    ["password = hunter2"],
    ["doveadm_password: hunter2"],
    ['  "api_key": "abc123def",'],
    ["$config['des_key'] = 'rcmail-!24ByteDESkey*Str';"],
    ["RESTIC_PASSWORD=hunter2"],
    ["define('DB_PASSWORD', 'x'); db_password='hunter2'"],
    ["$config['db_dsnw'] = 'mysql://roundcube:hunter2@localhost/roundcube';"],
    ["alice@example.org:{PLAIN}hunter2::::"],
    ["-----BEGIN PRIVATE KEY-----"],
    ["-----BEGIN OPENSSH PRIVATE KEY-----"],
    ["# the key: -----BEGIN RSA PRIVATE KEY-----"],
  ])("%s is one", (line) => {
    expect(secretIn(line)).toBeDefined();
    expect(secretIn(line)).not.toContain("hunter2");
  });

  test.each([
    ["smtp_sasl_password_maps = texthash:/etc/postfix-relay/sasl_passwd"],
    ["smtp_sasl_password_maps = texthash:$config_directory/sasl_passwd"],
    ["password = $2$g95yw$1234567890abcdef;"],
    ["alice@example.org:{BLF-CRYPT}$2y$05$abcdefghijklmnopqrstuv::::"],
    ["passdb_default_password_scheme = BLF-CRYPT_OR_NOT"],
    ["$config['smtp_pass'] = '%p';"],
    ["PasswordAuthentication no"],
    ["api-key=$PDNS_API_KEY"],
    ["# password = an example in a comment"],
    ["disable_plaintext_auth = no"],
    ["password_file = /etc/postfleet/secret"],
    ["secrets = yes"],
    ["https://example.org/path"],
  ])("%s is none", (line) => {
    expect(secretIn(line)).toBeUndefined();
  });

  test("the finding names role, host, file and line, not the password; secret files are free", () => {
    const role: Role = {
      role: "webmail",
      host: host("mail1"),
      files: { "/etc/x": text("a = b\npassword = hunter2\n") },
      secretFiles: { "/etc/y": text("password = hunter2\n") },
      prepare: [{ argv: ["tool", "--password=hunter2"], onChange: [] }],
    };
    const findings = plainPasswords(role);
    expect(findings).toHaveLength(2);
    expect(findings[0]).toContain("webmail on mail1: /etc/x line 2");
    expect(findings.join()).not.toContain("hunter2");
  });
});

describe("host keys", () => {
  const role = (keys: string[], jump?: Role["host"]): Role => ({
    role: "mx",
    host: { ...host("mail1"), hostKeys: keys, ...(jump ? { jump: jump as never } : {}) },
  });

  test("a host without a key, or with something else in its place, is refused", () => {
    expect(unpinnedHosts(role([KEY]))).toEqual([]);
    expect(unpinnedHosts(role([]))[0]).toContain("mx on mail1: the host mail1 has no pinned host key");
    expect(unpinnedHosts(role(["SHA256:abc"]))[0]).toContain("SHA256:abc");
    expect(unpinnedHosts({ role: "mx" })).toEqual([]);
    expect(unpinnedHosts({ role: "mx", host: {} })).toHaveLength(1);
  });

  test("so is one behind a jump host without a key; a lost host is not contacted", () => {
    expect(unpinnedHosts(role([KEY], { ...host("gate"), hostKeys: [] }))[0]).toContain("the host gate");
    expect(unpinnedHosts({ host: { ...host("gone"), hostKeys: [], lost: true } })).toEqual([]);
  });

  test("commands pin, too, proxy included", () => {
    expect(unpinnedCommand("c", { host: "h", hostKey: KEY })).toEqual([]);
    expect(unpinnedCommand("c", { host: "h", hostKey: KEY, proxy: { host: "p" } })[0]).toContain("p without hostKey");
  });
});

describe("backups", () => {
  const data: Role = {
    role: "mailstore",
    host: host("mail1"),
    files: { "/etc/postfleet/backup.d/mailstore": text("/var/vmail\n") },
  };
  const client = (...targets: string[]): Role => ({
    role: "backup-client",
    host: host("mail1"),
    secretFiles: Object.fromEntries(targets.map((name) => [`/etc/postfleet/backup/${name}.env`, text("")])),
  });
  const target = (name: string, address: string): Role => ({ role: "backup", host: host(name, address) });

  test("data without a backup is found", () => {
    expect(missingBackups([data])[0]).toContain("mail1 holds data (mailstore) and has no backup");
    expect(missingBackups([{ role: "mx", host: host("mail1") }])).toEqual([]);
  });

  test("a backup on the same host, under whatever name, is none", () => {
    expect(missingBackups([data, client("mail1"), target("mail1", "10.0.0.1")])[0]).toContain("to itself only");
    expect(missingBackups([data, client("other"), target("other", "10.0.0.1")])[0]).toContain("to itself only");
    expect(missingBackups([data, client("back1"), target("back1", "10.0.0.2")])).toEqual([]);
    expect(
      missingBackups([data, client("mail1", "back1"), target("mail1", "10.0.0.1"), target("back1", "10.0.0.2")]),
    ).toEqual([]);
    expect(missingBackups([data, client("elsewhere")])).toEqual([]);
  });
});

describe("open relay", () => {
  const good =
    "mynetworks = 127.0.0.0/8 [::1]/128 10.66.0.11/32\nsmtpd_relay_restrictions = permit_mynetworks,\n  reject_unauth_destination\n";

  test.each([
    ["10.0.0.0/8", true],
    ["0.0.0.0/0", true],
    ["[::]/0", true],
    ["[fd66::]/48", true],
    ["127.0.0.0/8", false],
    ["[::1]/128", false],
    ["192.0.2.0/24", false],
    ["[2001:db8::1]/128", false],
    ["192.0.2.1", false],
  ])("mynetworks with %s is too wide: %s", (network, expected) => {
    expect(tooWide(network)).toBe(expected);
    expect(openRelay(`${good}mynetworks = 127.0.0.0/8 ${network}\n`)).toHaveLength(expected ? 1 : 0);
  });

  test.each([
    ["", "smtpd_relay_restrictions = permit_mynetworks\n"],
    ["", "smtpd_relay_restrictions = permit, reject_unauth_destination\n"],
    ["", "smtpd_relay_restrictions =\nsmtpd_recipient_restrictions = reject_non_fqdn_recipient\n"],
    ["", "relay_domains = static:all\n"],
    ["", "mynetworks_style = subnet\n"],
    ["smtp inet n - y - - smtpd\n  -o smtpd_relay_restrictions=permit\n", ""],
    ["smtp inet n - y - - smtpd\n  -o { mynetworks = 0.0.0.0/0 }\n", ""],
  ])("master.cf %j with main.cf %j is one", (master, main) => {
    expect(openRelay(good + main, master)).toHaveLength(1);
  });

  test.each([
    [""],
    ["smtpd_relay_restrictions = permit_sasl_authenticated, reject\n"],
    ["smtpd_relay_restrictions =\nsmtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination\n"],
    ["# smtpd_relay_restrictions = permit\n"],
  ])("main.cf with %j is none", (main) => {
    expect(
      openRelay(good + main, "smtp inet n - y - - smtpd\n  -o smtpd_relay_restrictions=permit_mynetworks,reject\n"),
    ).toEqual([]);
  });

  test("a role is judged by the main.cf of each of its instances", () => {
    const files = {
      "/etc/postfix-mx/main.cf": text("mynetworks = 0.0.0.0/0\n"),
      "/etc/other/main.cf": text("mynetworks = 0.0.0.0/0\n"),
    };
    expect(openRelays({ role: "mx", host: host("mail1"), files })).toEqual([
      "mx on mail1: /etc/postfix-mx/main.cf: mynetworks trusts 0.0.0.0/0",
    ]);
  });
});

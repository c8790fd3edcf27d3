/** Dovecot's own parsers read what the mailstore writes. Needs POSTFLEET_CHROOT: a Debian 13 root with its packages. */
import { mailstore } from "../../../roles/mailstore";
import { unusualCharacters } from "../../../roles/mailstore/args";
import { authConf } from "../../../roles/mailstore/auth";
import { passwdFile } from "../../../roles/mailstore/passwd-file";
import { contentsOf, describeInChroot, inChroot, stage } from "../../support/chroot";

describeInChroot("Dovecot", () => {
  const args = {
    hostname: "mail1.example.org",
    postmaster: "postmaster@example.org",
    relayHosts: ["192.0.2.11"],
    submissionHosts: ["192.0.2.11"],
    webmailHosts: ["192.0.2.12", "2001:db8::12"],
    outbound: "192.0.2.11:10025",
    controllers: ["192.0.2.11:11334"],
  };

  /** The manifest's files in a folder of their own; paths inside them follow. */
  const lay = (more: { pop3?: boolean; fullTextSearch?: boolean; edit?: (text: string) => string } = {}): string => {
    const { edit = (t: string) => t, ...rest } = more;
    const tls = "/etc/postfleet/tls/mail1.example.org";
    return stage(
      {
        ...contentsOf(mailstore.manifest({ ...args, ...rest })),
        [`${tls}/fullchain.pem`]: "",
        [`${tls}/privkey.pem`]: "",
      },
      (text, folder) => edit(text).replace(/(include |file = )(\/etc\/)/g, `$1${folder}$2`),
    );
  };

  test.each([[{}], [{ pop3: true }], [{ fullTextSearch: false }]])("doveconf takes %j without a word", (more) => {
    const { status, stdout, stderr } = inChroot("doveconf", "-c", `${lay(more)}/etc/dovecot/dovecot.conf`, "-n");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("ssl = required");
    expect(stdout).not.toContain("ssl_min_protocol = TLSv1\n");
  });

  test("doveconf refuses what it does not know, so the test above can fail", () => {
    const edit = (t: string) => t.replace("auth_mechanisms =", "auth_mechanism =");
    const { status, stderr } = inChroot("doveconf", "-c", `${lay({ edit })}/etc/dovecot/dovecot.conf`, "-n");
    expect(status).not.toBe(0);
    expect(stderr).toContain("auth_mechanism");
  });

  test.each(["junk", "learn-spam", "learn-ham"])("sievec compiles %s.sieve", (name) => {
    const plugins = ["-P", "sieve_extprograms", "-P", "sieve_imapsieve", "-x", "+vnd.dovecot.pipe +imapsieve"];
    const { status, stderr } = inChroot("sievec", ...plugins, `${lay()}/etc/dovecot/sieve/${name}.sieve`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test.each(["learn", "quota-warning"])("the shell reads %s", (name) => {
    const { status, stderr } = inChroot("sh", "-n", `${lay()}/usr/local/lib/postfleet/mailstore/${name}`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test("an older patch level is refused, with a hint", () => {
    const check = mailstore.manifest(args).validate[0]?.argv ?? [];
    expect(inChroot(...check).status).toBe(0);
    const refused = inChroot(...check.slice(0, -1), "1:9");
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/at least 1:9 is needed[\s\S]*Hint/);
  });

  test.each(["2a", "2b", "2y"])(
    "bcrypt hashes of the form $%s$ verify, as they stand in the accounts' file",
    (form) => {
      const { hashSync } = jest.requireActual<typeof import("bcryptjs")>("bcryptjs");
      const hash = `{BLF-CRYPT}${hashSync("right", 6).replace(/^\$2.\$/, `$${form}$`)}`;
      const line = passwdFile([{ address: "a@example.org", passwordHash: hash, quota: 1 }]).split("\n")[1] ?? "";
      const stored = line.split(":")[1] ?? "";
      expect(inChroot("doveadm", "pw", "-t", stored, "-p", "right").stdout).toContain("(verified)");
      expect(inChroot("doveadm", "pw", "-t", stored, "-p", "wrong").status).not.toBe(0);
    },
  );

  test("logins of every character that an address of ours may have, by Dovecot's own auth process", () => {
    const users = ["o'brien@example.org", "a+b=c&d~e_f@example.org", "bücher@example.org", "x@example.org"];
    const conf = authConf({ loginCharacters: unusualCharacters(users) })
      .replaceAll("/etc/dovecot/postfleet-users", "FOLDER/users")
      .replaceAll("/etc/dovecot/./postfleet-users", "FOLDER/./users")
      .replaceAll("/etc/dovecot/postfleet-suspended", "FOLDER/suspended")
      .replace(/^(mail|first|last|auth_failure).*$/gm, "");
    const folder = stage(
      {
        "d.conf": `dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
base_dir = FOLDER/run
state_dir = FOLDER/state
log_path = FOLDER/log
protocols =
ssl = no
${conf}`,
        suspended: "",
        users: passwdFile(users.map((address) => ({ address, passwordHash: "{PLAIN}right", quota: 1 }))),
        ask: `#!/bin/sh
dovecot -F -c FOLDER/d.conf & master=$!
until doveadm -c FOLDER/d.conf auth test x@example.org right >/dev/null 2>&1; do sleep 0.1; done
for user in "$@"; do doveadm -c FOLDER/d.conf auth test "$user" right | grep '^passdb:'; done
kill $master; wait
`,
      },
      (text, at) => text.replaceAll("FOLDER", at),
    );
    const says = inChroot("timeout", "30", `${folder}/ask`, ...users, "O'Brien@example.org", "y@example.org");
    expect(says.stdout.trimEnd().split("\n")).toEqual([
      ...[...users, "O'Brien@example.org"].map((user) => `passdb: ${user} auth succeeded`),
      "passdb: y@example.org auth failed",
    ]);
  }, 40_000);
});

test("a site without unusual logins has Dovecot's own set of characters", () => {
  expect(unusualCharacters(["a.b-c_d@example.org"])).toBe("");
  expect(authConf({ loginCharacters: "" })).not.toMatch(/auth_username_chars|safe/);
});

/** Dovecot's own parsers read what the mailstore writes. Needs POSTFLEET_CHROOT: a Debian 13 root with its packages. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { passwdFile } from "../../../components/accounts";
import { mailstoreManifest } from "../../../components/mailstore";

const root = process.env.POSTFLEET_CHROOT;
if (!root) {
  console.info("skipped: POSTFLEET_CHROOT is not set, so no Dovecot can judge these files");
}
const inRoot = (...argv: string[]) => spawnSync("chroot", [root ?? "", ...argv], { encoding: "utf8" });

(root ? describe : describe.skip)("Dovecot", () => {
  let scratch = "";
  const args = {
    hostname: "mail1.example.org",
    postmaster: "postmaster@example.org",
    relayHosts: ["192.0.2.11"],
    submissionHosts: ["192.0.2.11"],
    webmailHosts: ["192.0.2.12", "2001:db8::12"],
    outbound: "192.0.2.11:10025",
    controller: "192.0.2.11:11334",
  };

  beforeEach(() => {
    scratch = mkdtempSync(join(root ?? "", "tmp/mailstore-"));
  });
  afterEach(() => rmSync(scratch, { recursive: true }));

  /** The manifest's files below the scratch directory; paths inside them follow. */
  const lay = (more: { pop3?: boolean; fullTextSearch?: boolean; edit?: (text: string) => string } = {}): string => {
    const { edit = (t: string) => t, ...rest } = more;
    const inside = scratch.slice((root ?? "").length);
    for (const [path, file] of Object.entries(mailstoreManifest({ ...args, ...rest }).files)) {
      const at = join(scratch, path);
      mkdirSync(dirname(at), { recursive: true });
      writeFileSync(at, edit(file.content).replace(/(include |file = )(\/etc\/)/g, `$1${inside}$2`), { mode: 0o755 });
    }
    const tls = join(scratch, "etc/postfleet/tls/mail1.example.org");
    mkdirSync(tls, { recursive: true });
    writeFileSync(join(tls, "fullchain.pem"), "");
    writeFileSync(join(tls, "privkey.pem"), "");
    return inside;
  };

  test.each([[{}], [{ pop3: true }], [{ fullTextSearch: false }]])("doveconf takes %j without a word", (more) => {
    const { status, stdout, stderr } = inRoot("doveconf", "-c", `${lay(more)}/etc/dovecot/dovecot.conf`, "-n");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("ssl = required");
    expect(stdout).not.toContain("ssl_min_protocol = TLSv1\n");
  });

  test("doveconf refuses what it does not know, so the test above can fail", () => {
    const edit = (t: string) => t.replace("auth_mechanisms =", "auth_mechanism =");
    const { status, stderr } = inRoot("doveconf", "-c", `${lay({ edit })}/etc/dovecot/dovecot.conf`, "-n");
    expect(status).not.toBe(0);
    expect(stderr).toContain("auth_mechanism");
  });

  test.each(["junk", "learn-spam", "learn-ham"])("sievec compiles %s.sieve", (name) => {
    const plugins = ["-P", "sieve_extprograms", "-P", "sieve_imapsieve", "-x", "+vnd.dovecot.pipe +imapsieve"];
    const { status, stderr } = inRoot("sievec", ...plugins, `${lay()}/etc/dovecot/sieve/${name}.sieve`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test.each(["learn", "quota-warning"])("the shell reads %s", (name) => {
    const { status, stderr } = inRoot("sh", "-n", `${lay()}/usr/local/lib/postfleet/mailstore/${name}`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test("an older patch level is refused, with a hint", () => {
    const check = mailstoreManifest(args).validate[0]?.argv ?? [];
    expect(inRoot(...check).status).toBe(0);
    const refused = inRoot(...check.slice(0, -1), "1:9");
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
      expect(inRoot("doveadm", "pw", "-t", stored, "-p", "right").stdout).toContain("(verified)");
      expect(inRoot("doveadm", "pw", "-t", stored, "-p", "wrong").status).not.toBe(0);
    },
  );
});

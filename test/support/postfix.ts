/** What Postfix's own parsers say of a role's files. */
import type { Manifest } from "../../provider/manifest";
import { contentsOf, inChroot, runInChroot, stage } from "./chroot";

/** Puts a role's files, perhaps with a mistake, into the root and asks postconf, `postfix check` and smtpd itself. */
export function askPostfix(manifest: Manifest, mistake = (text: string) => text) {
  const folder = stage(contentsOf(manifest), (text, at) =>
    mistake(text).replace(/\/(etc|var\/spool|var\/lib)\/postfix-/g, `${at}/$1/postfix-`),
  );
  const directory = `${folder}/etc/postfix-${manifest.role}`;
  inChroot("install", "-d", `${folder}/var/spool/postfix-${manifest.role}`);
  inChroot(..."install -d -o postfix -g postfix -m 0700".split(" "), `${folder}/var/lib/postfix-${manifest.role}`);
  return {
    postconf: inChroot("postconf", "-c", directory, "-n"),
    check: inChroot("postfix", "-c", directory, "check"),
    smtpd: runInChroot(["timeout", "20", "/usr/lib/postfix/sbin/smtpd", "-S"], { env: { MAIL_CONFIG: directory } }),
  };
}

/** The test that Postfix takes a role's files without a word. */
export function acceptsTheFiles(manifest: Manifest): void {
  test("accepts the files", () => {
    const says = askPostfix(manifest);
    expect(says.postconf.stderr).toBe("");
    expect(says.check).toMatchObject({ status: 0, stderr: "" });
    expect(says.smtpd.status).toBe(0);
  });
}

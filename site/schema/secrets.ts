/**
 * Secrets have no place in a site file: it is read in pull requests and lies in clones. Whatever looks like one is
 * refused without being shown.
 */
import { NOT_SHOWN, type Path, type Problems } from "../problems";
import type { YamlNode } from "../yaml/node";
import { Refusal, type Schema, text } from "./kinds";

/** Keys that name a secret. No key of the site file does. */
export const SECRET_KEY =
  /^(pass(word|wd|phrase|code)?|pw|pwd|(user|mail|imap|smtp|sasl|db|root|admin)_?pass(word)?|.*[_-]?secret|.*token|(api|private|secret|access|application|consumer|ssh|dkim)[_-]?key)$/i;

const IN_MAILBOX =
  "leave it out: a password is generated once, and `postfleet accounts password` shows it; or give its hash as " +
  "passwordHash, made by `doveadm pw -s BLF-CRYPT`";
const ELSEWHERE = "keep it in the stack's encrypted configuration: `pulumi config set --secret NAME`";
const OF_OVH =
  "keep OVH's credentials in the stack's secret `ovh`, `pulumi config set --path --secret ovh.applicationSecret`, or in the " +
  "environment: OVH_APPLICATION_KEY, OVH_APPLICATION_SECRET, OVH_CONSUMER_KEY";

/** Reports every key below (and with) this one that names a secret. */
export function refuseSecrets(key: string, node: YamlNode, at: Path, problems: Problems): void {
  if (SECRET_KEY.test(key)) {
    const password = /^pass(word|wd)?$|^pwd?$/i.test(key);
    problems.add(at, {
      message: password ? "a password in plain text in the site file" : "a secret in plain text in the site file",
      given: `${key}: ${NOT_SHOWN}`,
      allowed: "no secrets: the site file is read by many",
      hint: at.includes("ovh") ? OF_OVH : at[0] === "accounts" && password ? IN_MAILBOX : ELSEWHERE,
      onKey: true,
    });
  } else if (node.kind === "map") {
    for (const entry of node.entries) refuseSecrets(entry.key, entry.value, [...at, entry.key], problems);
  } else if (node.kind === "list") {
    for (const [index, item] of node.items.entries()) refuseSecrets("", item, [...at, index], problems);
  }
}

/** Reports private keys, wherever they are in the text: comments are read by many as well. */
export function refusePrivateKeys(source: string, problems: Problems): void {
  for (const [index, line] of source.split("\n").entries()) {
    const column = line.search(/-----BEGIN [A-Z0-9 ]*PRIVATE KEY/);
    if (column < 0) continue;
    problems.addAt(problems.file, { line: index + 1, column: column + 1 }, [], {
      message: "a private key in the site file",
      given: NOT_SHOWN,
      allowed: "no secrets: the site file is read by many",
      hint: `${ELSEWHERE}; this key is to be replaced if the file was ever shared`,
    });
  }
}

/** Dovecot's password schemes that withstand a stolen file, and how their hashes look (crypt(5), RFC 9106). */
const SCHEMES: Record<string, RegExp> = {
  "BLF-CRYPT": /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/,
  ARGON2ID: /^\$argon2id\$v=\d+\$m=\d+,t=\d+,p=\d+\$[+/A-Za-z0-9]+\$[+/A-Za-z0-9]+$/,
  ARGON2I: /^\$argon2i\$v=\d+\$m=\d+,t=\d+,p=\d+\$[+/A-Za-z0-9]+\$[+/A-Za-z0-9]+$/,
  "SHA512-CRYPT": /^\$6\$(rounds=\d+\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{86}$/,
  "SHA256-CRYPT": /^\$5\$(rounds=\d+\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{43}$/,
};

/** A password hash as `doveadm pw` prints it. */
export const passwordHash: Schema<string> = text({
  allowed: `{SCHEME}hash with a scheme of ${Object.keys(SCHEMES).join(", ")}`,
  json: { pattern: `^\\{(${Object.keys(SCHEMES).join("|")})\\}\\$.+$` },
  secret: true,
  parse(given) {
    const [, scheme, hash] = /^\{([^}]*)\}(.*)$/s.exec(given) ?? [];
    if (scheme === undefined || hash === undefined || /^(PLAIN|CLEAR)/i.test(scheme)) {
      return new Refusal("a password in plain text in the site file", IN_MAILBOX);
    }
    const form = Object.hasOwn(SCHEMES, scheme.toUpperCase()) ? SCHEMES[scheme.toUpperCase()] : undefined;
    const again = "make one with `doveadm pw -s BLF-CRYPT`, or leave it out and let one be generated";
    if (form === undefined)
      return new Refusal(`the password scheme {${scheme.slice(0, 20)}} is unknown or too weak`, again);
    if (!form.test(hash)) return new Refusal(`this is no hash of the scheme {${scheme}}, maybe cut short`, again);
    return `{${scheme.toUpperCase()}}${hash}`;
  },
});

/** No password in plain text: secrets belong into `secretFiles`, which are encrypted in the state and absent from diffs. */
import { type Role, roleName } from "./finding";

/** Names whose value is a password. */
const NAME = String.raw`[\w.-]*(?:password|passwd|passphrase|secret|api[_-]?key|access[_-]?token|des_key)`;

/** `name = value`, `"name": "value"`, `['name'] = 'value'`, `NAME=value`. */
const ASSIGNMENT = new RegExp(String.raw`(?:^|[\s{(;,"'\[])(${NAME})["'\]]{0,2}\s*(?:=>|=|:)\s*(\S.*)$`, "i");

const URL_LOGIN = /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"']+:([^\s/@"']+)@/i;
const PRIVATE_KEY = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/;
/** A password database whose scheme means "as it is". */
const PLAIN_SCHEME = /\{(?:PLAIN|CLEAR|CLEARTEXT|PLAIN-TRUNC)\}[^\s:,"']+/i;
const ARGUMENT = /^--?(?:[\w-]*-)?(?:password|passwd|passphrase|secret|token)=(.+)$/i;

const COMMENT = /^\s*(?:#|;|\/\/|\*|\/\*|<!--|--\s)/;

/** Values that only look like a password: a hash, a reference to another place, a switch, a table, a path, a placeholder. */
const HARMLESS = [
  /^\{[A-Z0-9-]+(?:\.[A-Z0-9]+)?\}\S+/,
  /^\$(?:2[abxy]?|5|6|7|y|1|argon2\w*|rspamd|pbkdf2[\w-]*)\$/,
  /^\$[\w{(]/,
  /^[%<&@]/,
  /^(?:yes|no|true|false|none|null|on|off|required|optional|\d+)$/i,
  /^(?:[a-z]+:)?\/\S*$/,
  /^[a-z]+:\$?\S*\//,
  /^(?:os\.|process\.|getenv|environ|dict|function|new |open\()/,
  /^[[({]/,
  /^[\w.]+\(/,
];

function unquoted(value: string): string {
  return value
    .trim()
    .replace(/[;,]+$/, "")
    .replace(/^(["'])(.*)\1$/, "$2")
    .trim();
}

function suspicious(value: string): boolean {
  const bare = unquoted(value);
  return bare !== "" && !HARMLESS.some((pattern) => pattern.test(bare));
}

/** Why a line holds a secret, or undefined. The secret itself is never part of the answer. */
export function secretIn(line: string): string | undefined {
  if (PRIVATE_KEY.test(line)) return "a private key";
  if (PLAIN_SCHEME.test(line)) return "a password without a hash";
  if (COMMENT.test(line)) return undefined;
  const login = URL_LOGIN.exec(line)?.[1];
  if (login && suspicious(login)) return "a password in a URL";
  const [, name, value] = ASSIGNMENT.exec(line) ?? [];
  return name && value && suspicious(value) ? `a value for "${name}"` : undefined;
}

/** Findings in the public files and in the commands of a role. */
export function plainPasswords(role: Role): string[] {
  const findings: string[] = [];
  for (const [path, file] of Object.entries(role.files ?? {})) {
    for (const [index, line] of (file.content ?? "").split("\n").entries()) {
      const what = secretIn(line);
      if (what)
        findings.push(`${roleName(role)}: ${path} line ${index + 1} holds ${what}; move the file to secretFiles`);
    }
  }
  const commands = [...(role.prepare ?? []), ...(role.validate ?? []), ...(role.health ?? [])];
  for (const command of commands) {
    for (const argument of "argv" in command ? command.argv : []) {
      const value = ARGUMENT.exec(argument)?.[1];
      if (value && suspicious(value)) {
        findings.push(
          `${roleName(role)}: a command has a password as an argument, which every user of the host can see`,
        );
      }
    }
  }
  return findings;
}

/** Pinned host keys from a file in OpenSSH's format, sshd(8) "SSH_KNOWN_HOSTS FILE FORMAT". */
import { createHmac } from "node:crypto";
import { Refusal } from "./schema/kinds";
import { readHostKey } from "./schema/names";

/** One usable line. */
interface KnownKey {
  /** The first field: names and patterns with commas between, or one hashed name. */
  names: string;
  key: string;
}

/** A line that cannot be used. */
export interface KnownHostsFault {
  /** Line, from 1. */
  line: number;
  message: string;
  hint: string;
}

/** The keys of a known_hosts file. */
export class KnownHosts {
  readonly faults: KnownHostsFault[] = [];
  readonly #keys: KnownKey[] = [];
  readonly #revoked = new Set<string>();

  constructor(text: string) {
    for (const [index, line] of text.split(/\r?\n/).entries()) {
      if (/^\s*(#|$)/.test(line)) continue;
      const fields = line.trim().split(/\s+/);
      const marker = fields[0]?.startsWith("@") ? fields.shift() : undefined;
      const [names = "", ...rest] = fields;
      // Certificates of host keys are not pinned keys; other programs may use these lines.
      if (marker === "@cert-authority") continue;
      const key = readHostKey(rest.join(" "));
      if (key instanceof Refusal) this.faults.push({ line: index + 1, message: key.message, hint: key.hint });
      else if (marker === "@revoked") this.#revoked.add(key);
      else this.#keys.push({ names, key });
    }
  }

  /** Keys of a host by any of its names and addresses. */
  keysOf(names: readonly string[], port: number): string[] {
    const searched = names.map((name) => (port === 22 ? name : `[${name}]:${port}`));
    const found = this.#keys.filter(({ names: field }) => searched.some((name) => matches(field, name)));
    return [...new Set(found.map(({ key }) => key))].filter((key) => !this.#revoked.has(key));
  }
}

/** Whether the first field of a line means a name. */
function matches(field: string, name: string): boolean {
  if (field.startsWith("|1|")) {
    const [, , salt = "", hash = ""] = field.split("|");
    return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
  }
  const patterns = field.split(",");
  const hit = (pattern: string) => wildcard(pattern).test(name);
  return !patterns.some((pattern) => pattern.startsWith("!") && hit(pattern.slice(1))) && patterns.some(hit);
}

/** `*` and `?` of ssh_config(5) PATTERNS. */
function wildcard(pattern: string): RegExp {
  const escaped = pattern.toLowerCase().replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`);
}

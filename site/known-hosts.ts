/** Pinned host keys from a file in OpenSSH's format, sshd(8) "SSH_KNOWN_HOSTS FILE FORMAT". */
import { createHmac } from "node:crypto";
import { Refusal } from "./schema/kinds";
import { readHostKey } from "./schema/names";

/** One usable line. */
interface KnownKey {
  /** Whether the first field means a name: names and patterns with commas between, or one hashed name. */
  means(name: string): boolean;
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
  /** By their names, in the order of the file. */
  readonly #plain = new Map<string, [line: number, key: string][]>();
  /** Lines that every name must be compared with: hashed ones, and those with patterns. */
  readonly #others: [line: number, key: KnownKey][] = [];
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
      else this.#take(index, names, key);
    }
  }

  #take(line: number, names: string, key: string): void {
    if (/^\|1\||[*?!]/.test(names)) {
      this.#others.push([line, { means: names.startsWith("|1|") ? hashed(names) : matching(names), key }]);
      return;
    }
    for (const name of names.split(",")) {
      const known = this.#plain.get(name.toLowerCase());
      if (known) known.push([line, key]);
      else this.#plain.set(name.toLowerCase(), [[line, key]]);
    }
  }

  /** Keys of a host by any of its names and addresses. */
  keysOf(names: readonly string[], port: number): string[] {
    const searched = names.map((name) => (port === 22 ? name : `[${name}]:${port}`));
    const found = searched.flatMap((name) => this.#plain.get(name.toLowerCase()) ?? []);
    for (const [line, { means, key }] of this.#others) if (searched.some(means)) found.push([line, key]);
    const keys = found.sort(([a], [b]) => a - b).map(([, key]) => key);
    return [...new Set(keys)].filter((key) => !this.#revoked.has(key));
  }
}

/** A name that OpenSSH has hashed. */
function hashed(field: string): (name: string) => boolean {
  const [, , salt = "", hash = ""] = field.split("|");
  const bytes = Buffer.from(salt, "base64");
  return (name) => createHmac("sha1", bytes).update(name).digest("base64") === hash;
}

/** `*`, `?` and `!` of ssh_config(5) PATTERNS. */
function matching(field: string): (name: string) => boolean {
  const patterns = field.toLowerCase().split(",");
  const refused = patterns.filter((pattern) => pattern.startsWith("!")).map((pattern) => pattern.slice(1));
  const taken = patterns.filter((pattern) => !pattern.startsWith("!"));
  return (name) => {
    const hit = (pattern: string) => fits(pattern, name.toLowerCase());
    return !refused.some(hit) && taken.some(hit);
  };
}

/**
 * Whether a name fits a pattern, in time of their lengths' product: of all stars only the last one is tried again. A regular
 * expression with several `.*` takes a power of it.
 */
function fits(pattern: string, name: string): boolean {
  let [at, star, from] = [0, -1, 0];
  for (let i = 0; i < name.length; ) {
    if (pattern[at] === "*") [star, from] = [at++, i];
    else if (pattern[at] === "?" || pattern[at] === name[i]) {
      at++;
      i++;
    } else if (star >= 0) [at, i] = [star + 1, ++from];
    else return false;
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}

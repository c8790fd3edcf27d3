/** What rotates: DKIM keys and the keys of certificates. How each is made, published, and recognised at work. */
import { X509Certificate } from "node:crypto";
import type { PublishedAt } from "./contract";
import { dkimKey, tlsKey, tlsPin } from "./keys";
import type { Held, WantedSet } from "./look";

/** One kind of key. */
export interface KeyKind {
  algorithms: readonly string[];
  /** A retired key is published as void before it goes. */
  revokes: boolean;
  make(algorithm: string): { privateKeyPem: string; publicKey: string };
  /** The record sets of a key. */
  wanted(at: readonly PublishedAt[], algorithm: string, selector: string, publicKey: string): WantedSet[];
  /** What the record says, for an operator who publishes it by hand. */
  record(algorithm: string, publicKey: string): string;
  /** Whether a host's file shows the key at work. */
  shows(held: Required<Held>, selector: string, publicKey: string): boolean;
}

/** Tags of a record as RFC 6376 section 3.2 writes them: order and blanks do not count. */
export function tags(data: string): Map<string, string> {
  const text = [...data.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, part = ""]) => part.replace(/\\(.)/g, "$1")).join("");
  return new Map(
    text.split(";").flatMap((tag) => {
      const [, name, value] = /^\s*([a-z]\w*)\s*=([\s\S]*)$/i.exec(tag) ?? [];
      return name === undefined ? [] : [[name, (value ?? "").replace(/\s/g, "")] as const];
    }),
  );
}

export const dkim: KeyKind = {
  algorithms: ["rsa", "ed25519"],
  revokes: true,
  make: dkimKey,
  wanted: (at, algorithm, selector, publicKey) =>
    at.map(({ name, zone }) => ({
      name: `${selector}._domainkey.${name}`,
      type: "TXT",
      zone,
      differs(data) {
        if (data.length > 1) return "more than one record, so that no key is valid";
        const found = tags(data[0] ?? "");
        // A key of another type would not verify, whatever its bits are; "rsa" is what the tag is by default.
        if ((found.get("k") ?? "rsa") !== algorithm) return `a key of type ${found.get("k") ?? "rsa"}`;
        return found.get("p") === publicKey ? undefined : "another key";
      },
    })),
  record: (algorithm, publicKey) => `TXT "v=DKIM1; k=${algorithm}; p=${publicKey}"`,
  shows: ({ holder, content }, selector) =>
    content.includes((holder.line ?? "{selector}").replaceAll("{selector}", selector)),
};

/** The TLSA data 3 1 1 of the first certificate in a PEM file, the server's own. */
function pinOf(pem: string): string | undefined {
  try {
    return tlsPin(new X509Certificate(pem).publicKey);
  } catch {
    return undefined;
  }
}

export const tls: KeyKind = {
  algorithms: ["p256", "ed25519"],
  revokes: false,
  make(algorithm) {
    const { privateKeyPem, spkiSha256 } = tlsKey(algorithm);
    return { privateKeyPem, publicKey: spkiSha256 };
  },
  wanted: (at, _algorithm, _selector, publicKey) =>
    at.map(({ name, zone }) => ({
      name,
      type: "TLSA",
      zone,
      differs: (data) =>
        data.some((each) => each.toLowerCase().replace(/\s+/g, " ") === `3 1 1 ${publicKey}`)
          ? undefined
          : "without this key",
    })),
  record: (_algorithm, publicKey) => `TLSA 3 1 1 ${publicKey}`,
  shows: ({ content }, _selector, publicKey) => pinOf(content) === publicKey,
};

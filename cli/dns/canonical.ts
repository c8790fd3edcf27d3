/** Values of records in the one form in which they can be compared: what DNS and the reader of the record take for the same is the same. */
import { SocketAddress } from "node:net";

/** The text of a TXT record: its character-strings joined, escapes resolved (RFC 1035 §5.1). Bytes are UTF-8 where they can be. */
export function textOf(value: string): string {
  const parts = value.match(/"(?:[^"\\]|\\.)*"|[^\s"]+/g) ?? [];
  const bytes = parts.map((part) => {
    const inner = part.startsWith('"') ? part.slice(1, -1) : part;
    const pieces = inner.match(/\\\d{3}|\\.|[^\\]+/gs) ?? [];
    return Buffer.concat(
      pieces.map((piece) => {
        if (/^\\\d{3}$/.test(piece)) return Buffer.from([Number(piece.slice(1)) & 255]);
        return Buffer.from(piece.startsWith("\\") ? piece.slice(1) : piece);
      }),
    );
  });
  return Buffer.concat(bytes).toString("utf8");
}

/** `tag=value` lists: white space around tags means nothing (RFC 6376 §3.2, and those that borrow it). */
function tagList(text: string): string {
  const tags = text.split(";").map((tag) => {
    const [name = "", ...value] = tag.split("=");
    // In keys and signatures white space may stand anywhere, RFC 6376 §3.6.1.
    return value.length === 0 ? name.trim() : `${name.trim()}=${value.join("=").replace(/\s+/g, "")}`;
  });
  return tags.filter(Boolean).join("; ");
}

function text(value: string): string {
  const plain = textOf(value).trim();
  if (/^v=spf1(\s|$)/i.test(plain)) return plain.replace(/\s+/g, " ").toLowerCase();
  return /^v=(DKIM1|DMARC1|STSv1|TLSRPTv1)\b/.test(plain) ? tagList(plain) : plain;
}

function address6(value: string): string {
  try {
    return new SocketAddress({ address: value, family: "ipv6" }).address.toLowerCase();
  } catch {
    return value;
  }
}

/** The form for comparison; not for people. */
export function canonical(type: string, value: string): string {
  switch (type) {
    case "TXT":
      return text(value);
    case "AAAA":
      return address6(value.trim());
    case "CAA": {
      const [, flags, tag = "", rest = ""] = /^\s*(\d+)\s+(\S+)\s+(.*)$/s.exec(value) ?? [];
      return `${flags} ${tag.toLowerCase()} ${tagList(textOf(rest))}`;
    }
    default:
      return value.trim().replace(/\s+/g, " ").toLowerCase();
  }
}

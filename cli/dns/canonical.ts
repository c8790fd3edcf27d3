/**
 * Values of records in the one form in which they can be compared: what the reader of the record takes for the same is the
 * same. What DNS itself takes for the same is the provider's business; here it is about what lies in the text.
 */
import { textOf } from "../../provider/dns/tokens";
import { canonicalLive } from "../../provider/dns/zone/rdata";

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

/** The form for comparison; not for people. What is none of its type is compared as it stands, but for case and blanks. */
export function canonical(type: string, value: string): string {
  if (type === "TXT") return text(value);
  const spelling = canonicalLive(type, value);
  const caa = type === "CAA" && /^(\d+ \S+ )(".*")$/s.exec(spelling);
  return caa ? `${caa[1]}${tagList(textOf(caa[2] ?? ""))}` : spelling.toLowerCase();
}

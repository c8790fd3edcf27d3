/** Data of records as in a zone file, RFC 1035 §5.1: names with their final dot, text quoted character-string by character-string. */
import type { Answer } from "dns-packet";
import { quoted } from "../tokens";

/** A name with its final dot, in lower case: DNS compares without case, RFC 4343. */
const dotted = (name: string) => (name === "." || name === "" ? "." : `${name.toLowerCase()}.`);

/** A type or form that this module does not know, RFC 3597 §5. */
const opaque = (data: Buffer) => `\\# ${data.length}${data.length > 0 ? ` ${data.toString("hex")}` : ""}`;

/** CDS and CDNSKEY have the form of DS and DNSKEY, RFC 7344 §3; the library leaves them as bytes. */
function childRecord(type: "CDS" | "CDNSKEY", data: Buffer): string {
  if (data.length < 4) return opaque(data);
  const rest = data.subarray(4);
  const tail = type === "CDS" ? rest.toString("hex").toUpperCase() : rest.toString("base64");
  return `${data.readUInt16BE(0)} ${data[2]} ${data[3]} ${tail}`;
}

/** Seconds since 1970 as YYYYMMDDHHmmSS, RFC 4034 §3.2. */
const signatureTime = (seconds: number) => new Date(seconds * 1000).toISOString().replace(/\D/g, "").slice(0, 14);

/** RDATA of one record. Hexadecimal of TLSA in lower case, of DS in upper case, as the rest of Postfleet writes them. */
export function presentation(answer: Answer): string {
  switch (answer.type) {
    case "A":
    case "AAAA":
      return answer.data;
    case "CNAME":
    case "DNAME":
    case "NS":
    case "PTR":
      return dotted(answer.data);
    case "MX":
      return `${answer.data.preference ?? 0} ${dotted(answer.data.exchange)}`;
    case "SRV": {
      const { priority = 0, weight = 0, port, target } = answer.data;
      return `${priority} ${weight} ${port} ${dotted(target)}`;
    }
    case "TXT":
      return (
        [answer.data]
          .flat()
          .map((text) => quoted(Buffer.from(text)))
          .join(" ") || '""'
      );
    case "CAA":
      return `${answer.data.flags ?? 0} ${answer.data.tag} ${quoted(Buffer.from(answer.data.value))}`;
    case "TLSA": {
      const { usage, selector, matchingType, certificate } = answer.data;
      return `${usage} ${selector} ${matchingType} ${certificate.toString("hex")}`;
    }
    case "SSHFP": {
      const { algorithm, hash, fingerprint } = answer.data;
      return `${algorithm} ${hash} ${fingerprint.toLowerCase()}`;
    }
    case "DS": {
      const { keyTag, algorithm, digestType, digest } = answer.data;
      return `${keyTag} ${algorithm} ${digestType} ${digest.toString("hex").toUpperCase()}`;
    }
    case "DNSKEY":
      return `${answer.data.flags} 3 ${answer.data.algorithm} ${answer.data.key.toString("base64")}`;
    case "CDS":
    case "CDNSKEY":
      return childRecord(answer.type, answer.data);
    case "SOA": {
      const { mname, rname, serial, refresh, retry, expire, minimum } = answer.data;
      return [dotted(mname), dotted(rname), serial, refresh, retry, expire, minimum].join(" ");
    }
    case "RRSIG": {
      const { typeCovered, algorithm, labels, originalTTL, expiration, inception, keyTag, signersName, signature } =
        answer.data;
      const times = `${signatureTime(expiration)} ${signatureTime(inception)}`;
      const signed = `${typeCovered} ${algorithm} ${labels} ${originalTTL}`;
      return `${signed} ${times} ${keyTag} ${dotted(signersName)} ${signature.toString("base64")}`;
    }
    default:
      return "data" in answer && Buffer.isBuffer(answer.data) ? opaque(answer.data) : "\\# 0";
  }
}

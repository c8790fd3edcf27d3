/** Record sets as a name server of the tests serves them. */
import type { Answer } from "dns-packet";
import { textOf } from "../../../provider/dns/tokens";

/** One value as in a zone file, turned into what goes over the wire. */
export function wire(name: string, type: string, value: string, ttl = 60): Answer {
  const fields = value.split(" ");
  const [a = "", b = "", c = "", d = ""] = fields;
  const plain = (target: string) => (target === "." ? "." : target.replace(/\.$/, ""));
  switch (type) {
    case "MX":
      return { type, name, ttl, data: { preference: Number(a), exchange: plain(b) } };
    case "SRV":
      return { type, name, ttl, data: { priority: Number(a), weight: Number(b), port: Number(c), target: plain(d) } };
    case "NS":
    case "PTR":
    case "CNAME":
      return { type, name, ttl, data: plain(a) };
    case "TXT":
      return { type, name, ttl, data: textOf(value).match(/.{1,255}/gs) ?? [] };
    case "CAA":
      return {
        type,
        name,
        ttl,
        data: { flags: Number(a), tag: b as "issue", value: textOf(fields.slice(2).join(" ")) },
      };
    case "TLSA": {
      const certificate = Buffer.from(d, "hex");
      return { type, name, ttl, data: { usage: Number(a), selector: Number(b), matchingType: Number(c), certificate } };
    }
    case "DNSKEY":
      return { type, name, ttl, data: { flags: Number(a), algorithm: Number(c), key: Buffer.from(d, "base64") } };
    case "DS": {
      const digest = Buffer.from(d, "hex");
      return { type, name, ttl, data: { keyTag: Number(a), algorithm: Number(b), digestType: Number(c), digest } };
    }
    case "A":
    case "AAAA":
      return { type, name, ttl, data: a };
  }
  throw new Error(`the tests serve no ${type}`);
}

/** Names of the Internet: domains, hosts, addresses of mail and of machines. */
import { isIP, isIPv4, isIPv6 } from "node:net";
import { domainToASCII, domainToUnicode } from "node:url";
import { Refusal, type Schema, text } from "./kinds";

/** No name or address is as long as this, in whatever form it is written; what is longer need not be looked at. */
const LONGEST = 1000;

/** Alphabets with letters that look the same; one label in two of them is nearly always a forgery (UTS 39 §5.1). */
const LOOKALIKES = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u, /\p{Script=Armenian}/u];
const mixesScripts = (label: string) => LOOKALIKES.filter((script) => script.test(label)).length > 1;

/**
 * A domain name in the form of the DNS: lower case, international names as A-labels (RFC 5891). At least two labels, each
 * by the letter-digit-hyphen rule, RFC 1123 §2.1.
 */
export function readDomain(given: string): string | Refusal {
  const hint = "write a name such as example.org, without a trailing dot, a scheme or a port";
  if (given.trim() === "") return new Refusal("the domain is empty", hint);
  if (given.length > LONGEST) return new Refusal("the domain name is longer than 253 characters", "shorten it");
  if (isIP(given) !== 0) return new Refusal("an address is no domain name", hint);
  if (/[\s/:@?#%[\]\\*_]/.test(given) || given.endsWith(".")) return new Refusal(`"${given}" is no domain name`, hint);
  const name = domainToASCII(given.toLowerCase());
  const labels = name.split(".");
  if (name === "") return new Refusal(`"${given}" is no domain name`, hint);
  const mixed = domainToUnicode(name).split(".").find(mixesScripts);
  if (mixed !== undefined) {
    const how = "write each label in one alphabet; if it was copied, type it anew";
    return new Refusal(`"${mixed}" mixes letters of alphabets that look alike`, how);
  }
  if (name.length > 253) return new Refusal("the domain name is longer than 253 characters", "shorten it");
  const wrong = labels.find((label) => !/^(?!-)[a-z0-9-]{1,63}(?<!-)$/.test(label));
  if (wrong === "") return new Refusal("a label of the domain is empty", "remove the doubled or leading dot");
  if (wrong !== undefined) {
    const rule = "labels have 1 to 63 letters, digits and hyphens, no hyphen at either end";
    return new Refusal(`"${wrong}" is no label of a domain name`, rule);
  }
  if (labels.length < 2)
    return new Refusal("the domain has one label only", `write a whole name such as ${name}.example.org`);
  if (/^\d+$/.test(labels.at(-1) ?? "")) return new Refusal("the last label has digits only", hint);
  return name;
}

/** A domain name. */
export const domainName: Schema<string> = text({
  allowed: "a domain name, e.g. example.org or bücher.example",
  json: { pattern: "^[^\\s/:@?#%*_.]+(\\.[^\\s/:@?#%*_.]+)+$" },
  parse: readDomain,
});

/** What RFC 5322 allows unquoted in a local part, with the letters of RFC 6532. */
const ATOMS = /^(?!\.)(?!.*\.\.)(?!.*\.$)[\p{L}\p{M}\p{N}.!#$%&'*+/=?^_`{|}~-]+$/u;
/** Of these, what no address of one's own should have: it means something to shells, paths, tables or old mail routing. */
const RISKY = /[!#$%*/?^`{|}]/;

function readAddress(given: string, own: boolean): string | Refusal {
  const hint = "write local-part@domain, e.g. alice@example.org";
  const split = given.lastIndexOf("@");
  if (split < 0) return new Refusal("the address has no @", hint);
  const local = given.slice(0, split).normalize("NFC").toLowerCase();
  if (local === "")
    return new Refusal("nothing stands before the @", "for all other addresses of a domain use its catchAll");
  if (local.startsWith('"'))
    return new Refusal("quoted local parts are not supported", "write an address without quotes");
  if (!ATOMS.test(local)) {
    const rule = "letters, digits and . _ + - = ' & ~; no spaces, no dot at either end, no two dots in a row";
    return new Refusal(`"${local}" is no local part`, rule);
  }
  const risky = own ? RISKY.exec(local)?.[0] : undefined;
  if (risky !== undefined) {
    return new Refusal(`"${risky}" is not used in addresses here`, "use letters, digits and . _ + - = ' & ~");
  }
  if (/[^\x20-\x7e]/.test(local)) {
    const how = "write an address in ASCII; the domain may be written as it is read";
    return new Refusal(
      `"${local}" has letters outside of ASCII, which only servers with SMTPUTF8 carry (RFC 6531)`,
      how,
    );
  }
  if (Buffer.byteLength(local) > 64)
    return new Refusal("the local part is longer than 64 octets", "shorten it (RFC 5321 §4.5.3.1.1)");
  const domain = readDomain(given.slice(split + 1));
  return domain instanceof Refusal ? domain : `${local}@${domain}`;
}

const ADDRESS = { allowed: "an address, e.g. alice@example.org", json: { pattern: "^[^\\s@]+@[^\\s@]+\\.[^\\s@]+$" } };

/** A mail address anywhere, RFC 5321 and RFC 6532, in lower case. */
export const mailAddress: Schema<string> = text({ ...ADDRESS, parse: (given) => readAddress(given, false) });

/**
 * The contact of an ACME account. lego names a folder after it and puts it into a `mailto:` URI as it is, where `/`, `?`, `#` and
 * `%` would mean something else (RFC 6068 §2; RFC 8555 §7.3 forbids fields).
 */
export const contactAddress: Schema<string> = text({
  ...ADDRESS,
  parse(given) {
    const address = readAddress(given, false);
    const sign = typeof address === "string" ? /[/?#%]/.exec(address)?.[0] : undefined;
    return sign === undefined
      ? address
      : new Refusal(`"${sign}" cannot be in the contact of a CA`, "take another address, such as an alias");
  },
});

/** An address that this site serves: without characters that are only trouble. */
export const ownAddress: Schema<string> = text({ ...ADDRESS, parse: (given) => readAddress(given, true) });

/** Name of a host or a site: one label. */
export const label: Schema<string> = text({
  allowed: "lower-case letters, digits and hyphens, beginning with a letter",
  json: { pattern: "^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$" },
  parse(given) {
    if (/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(given)) return given;
    const mended = given
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^[^a-z]+|-+$/g, "");
    return new Refusal(`"${given}" is no name here`, mended === "" ? "write a name such as mail1" : `write ${mended}`);
  },
});

/** An IPv4 address. */
export const ipv4: Schema<string> = text({
  allowed: "an IPv4 address, e.g. 192.0.2.25",
  json: { format: "ipv4" },
  parse(given) {
    if (isIPv4(given)) return given;
    if (isIPv6(given)) return new Refusal("this is an IPv6 address", "write it as address6; address takes IPv4");
    return new Refusal(
      "this is no IPv4 address",
      "write four numbers from 0 to 255 with dots, not a name or a network",
    );
  },
});

const shortest = (given: string) => new URL(`http://[${given}]/`).hostname.slice(1, -1);

/** An IPv6 address in its shortest form, RFC 5952. */
export const ipv6: Schema<string> = text({
  allowed: "an IPv6 address, e.g. 2001:db8::25",
  json: { format: "ipv6" },
  parse(given) {
    if (isIPv6(given) && !given.includes("%")) return shortest(given);
    if (isIPv4(given)) return new Refusal("this is an IPv4 address", "write it as address; address6 takes IPv6");
    return new Refusal(
      "this is no IPv6 address",
      "write groups of hexadecimal digits with colons, no prefix length, no zone",
    );
  },
});

/** An address of either kind; IPv6 in its shortest form. */
export const ipAddress: Schema<string> = text({
  allowed: "an IPv4 or IPv6 address",
  json: { anyOf: [{ format: "ipv4" }, { format: "ipv6" }] },
  parse(given) {
    if (isIPv4(given)) return given;
    if (isIPv6(given) && !given.includes("%")) return shortest(given);
    const network = given.includes("/") ? "write the address without a prefix length" : "write one address, not a name";
    return new Refusal("this is no address", network);
  },
});

/** Another mail server: `host:port` or `[host]:port`, read into Postfix's `[host]:port`, which asks for no MX record. */
export const nextHop: Schema<string> = text({
  allowed: "host:port, e.g. smtp.example.net:587",
  parse(given) {
    const [, bracketed, bare, port = "25"] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d+))?$/.exec(given) ?? [];
    const name = bracketed ?? bare;
    const hint = "write host:port, an IPv6 address in brackets and the whole in quotes";
    if (name === undefined) return new Refusal("this is no host with a port", hint);
    if (Number(port) < 1 || Number(port) > 65535)
      return new Refusal("the port is out of range", "write a port from 1 to 65535");
    if (isIP(name) !== 0 && name.includes("%")) return new Refusal("the address has a zone", hint);
    const host = isIP(name) === 0 ? readDomain(name) : name.toLowerCase();
    return host instanceof Refusal ? host : `[${host}]:${Number(port)}`;
  },
});

/** A public SSH host key, as the line of a `.pub` file. Its blob repeats the type; DSA and short RSA are refused. */
export const hostKey: Schema<string> = text({
  allowed: "a public host key, e.g. ssh-ed25519 AAAA...",
  json: { pattern: "^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) AAAA" },
  parse: readHostKey,
});

/** Checks a host key, and leaves its comment away. */
export function readHostKey(given: string): string | Refusal {
  const [type = "", blob = ""] = given.trim().split(/\s+/);
  const from = "take the line from /etc/ssh/ssh_host_ed25519_key.pub of the host";
  if (type.startsWith("SHA256:")) return new Refusal("a fingerprint is not enough", from);
  if (!/^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521))$/.test(type))
    return new Refusal("this is no host key of a known type", from);
  // Node.js passes over what is no base64.
  const bytes = Buffer.from(/^[A-Za-z0-9+/]+={0,2}$/.test(blob) ? blob : "", "base64");
  const named = bytes.length > 4 ? bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString("latin1") : "";
  if (named !== type || bytes.length < (type === "ssh-rsa" ? 270 : 40)) {
    return new Refusal("the host key is damaged, cut short or too small", from);
  }
  return `${type} ${bytes.toString("base64")}`;
}

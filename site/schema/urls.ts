/** URLs of servers that are trusted with much: over TLS, by a name or an address, without a login. */
import { isIP } from "node:net";
import { NOT_SHOWN } from "../problems";
import { Refusal, type Schema, text } from "./kinds";

/** What no URL has, RFC 3986 §2 and RFC 3987 §2.2. A parser of browsers drops or mends it in silence. */
const NEVER = /[\s"<>\\^`{|}]|\p{Cc}|\p{Cf}|\p{Cs}|\p{NChar}/u;
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;

/** Whether the part behind `https://` names a host. Parsers take quotes, `$` and `;` for letters of a name. */
const namesHost = (hostname: string): boolean =>
  isIP(hostname.replace(/^\[(.*)\]$/, "$1")) !== 0 || hostname.split(".").every((label) => LABEL.test(label));

/**
 * Reads a URL into the form of the WHATWG's standard: letter case, default port, international names as A-labels, other
 * characters outside ASCII encoded. One with a user name or password is not shown.
 * @param plain whether this host may be spoken to without TLS
 */
function readUrl(given: string, plain: (url: URL) => boolean): URL | Refusal {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url?.username || url?.password) {
    return new Refusal("the URL holds a user name or password", "remove what stands before the @", NOT_SHOWN);
  }
  const wrong = NEVER.exec(given)?.[0];
  if (wrong !== undefined) {
    const code = wrong.codePointAt(0)?.toString(16).toUpperCase().padStart(2, "0");
    return new Refusal(`a URL never has ${JSON.stringify(wrong)}`, `remove it, or write %${code} if it is meant`);
  }
  const hint = url?.protocol === "http:" ? `write ${given.replace(/^http:/i, "https:")}` : "write https://host/path";
  if (url === undefined || !/^https?:\/\//i.test(given)) return new Refusal("this is no URL", hint);
  if (url.protocol !== "https:" && !plain(url))
    return new Refusal("only https is accepted: this server is trusted with much", hint);
  if (!namesHost(url.hostname)) return new Refusal(`"${url.hostname}" is no name of a host`, hint);
  if (url.hash !== "" || given.includes("#"))
    return new Refusal("the URL has a fragment", "remove the # and what follows");
  if (url.href.length > 1000) return new Refusal("the URL is longer than 1000 characters", "shorten it");
  return url;
}

/** Checks a URL. */
export function readHttpsUrl(given: string): string | Refusal {
  const url = readUrl(given, () => false);
  return url instanceof Refusal ? url : url.href;
}

/** Checks the base URL of an API, to which paths are appended; without a slash at the end. */
export function readBaseUrl(given: string, plain: (url: URL) => boolean = () => false): string | Refusal {
  const url = readUrl(given, plain);
  if (url instanceof Refusal) return url;
  if (url.search !== "" || given.includes("?"))
    return new Refusal("the base of an API has no query", "remove the ? and what follows");
  return url.href.replace(/\/+$/, "");
}

/** A URL over TLS. */
export const httpsUrl: Schema<string> = text({
  allowed: "a URL that begins with https://",
  json: { format: "uri", pattern: "^https://" },
  parse: readHttpsUrl,
});

const onLoopback = ({ hostname }: URL) => /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);

/** Base URL of an API over TLS, or in clear on this machine alone; read without a slash at the end. */
export const apiUrl: Schema<string> = text({
  allowed: "a URL that begins with https://, or with http:// on the loopback",
  json: { format: "uri", pattern: "^https?://" },
  parse: (given) => readBaseUrl(given, onLoopback),
});

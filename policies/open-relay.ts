/** No open relay: no Postfix instance passes on mail from strangers to strangers. Judged by the files that a role writes. */
import { type Role, roleName } from "./finding";

/** Logical lines of a main.cf or master.cf, postconf(5): a line that begins with white space continues the one before. */
export function logicalLines(text: string): string[] {
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    if (/^\s*(#|$)/.test(line)) continue;
    if (/^\s/.test(line) && lines.length > 0) lines[lines.length - 1] += ` ${line.trim()}`;
    else lines.push(line.trim());
  }
  return lines;
}

/** Settings of a main.cf. */
export function settings(text: string): Map<string, string> {
  return new Map(
    logicalLines(text).flatMap((line) => {
      const [, name, value] = /^(\w+)\s*=\s*(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value ?? ""] as const];
    }),
  );
}

/** `-o name=value` of the services in a master.cf. */
export function overrides(text: string): [string, string][] {
  return logicalLines(text).flatMap((line) =>
    [...line.matchAll(/-o\s+(?:\{\s*(\w+)\s*=\s*([^}]*)\}|(\w+)=(\S*))/g)].map((match): [string, string] => [
      match[1] ?? match[3] ?? "",
      (match[2] ?? match[4] ?? "").trim(),
    ]),
  );
}

const words = (value: string): string[] => value.split(/[\s,]+/).filter(Boolean);

/** Networks that are nobody's in particular. The site's own hosts are listed one by one. */
export function tooWide(network: string): boolean {
  const bare = network.replace(/^\[|\](?=\/|$)/g, "");
  if (/^127\./.test(bare) || /^::1(\/128)?$/.test(bare)) return false;
  const [address = "", prefix] = bare.split("/");
  if (prefix === undefined) return false;
  return Number(prefix) < (address.includes(":") ? 64 : 24);
}

/** Words that end a list for strangers. */
const STOPS = ["reject_unauth_destination", "defer_unauth_destination", "reject", "defer"];
/** Words that let strangers pass before that. */
const OPENS = ["permit", "permit_tls_all_clientcerts", "permit_tls_clientcerts"];

/** True when a restriction list lets nobody through who is not known: a stop comes, and nothing opens before it. */
function closed(list: string): boolean {
  for (const word of words(list)) {
    if (STOPS.includes(word)) return true;
    if (OPENS.includes(word)) return false;
  }
  return false;
}

function problems(name: string, value: string): string[] {
  if (name === "mynetworks") {
    return words(value)
      .filter((each) => !each.startsWith("!") && tooWide(each))
      .map((each) => `mynetworks trusts ${each}`);
  }
  if (name === "mynetworks_style" && !["host", ""].includes(value)) {
    return [`mynetworks_style = ${value} trusts strangers in the same network`];
  }
  if (name === "relay_domains" && words(value).some((each) => each === "*" || each.startsWith("static:"))) {
    return [`relay_domains = ${value} relays for every domain`];
  }
  return [];
}

/** Findings in one instance: its main.cf with the overrides of its master.cf. */
export function openRelay(mainCf: string, masterCf = ""): string[] {
  const main = settings(mainCf);
  const changed = overrides(masterCf);
  const findings = [...main, ...changed].flatMap(([name, value]) => problems(name, value));
  // Postfix asks both lists (SMTPD_ACCESS_README); one that is closed is enough. Its own default is closed.
  const relay =
    main.get("smtpd_relay_restrictions") ?? "permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination";
  const recipient = main.get("smtpd_recipient_restrictions") ?? "";
  if (!closed(relay) && !closed(recipient)) {
    findings.push(
      "neither smtpd_relay_restrictions nor smtpd_recipient_restrictions refuses strangers' mail to strangers",
    );
  }
  for (const [name, value] of changed) {
    if (name === "smtpd_relay_restrictions" && !value.startsWith("$") && !closed(value)) {
      findings.push(`master.cf opens a service with -o ${name}=${value}`);
    }
  }
  return findings;
}

/** Findings in all Postfix instances of a role. */
export function openRelays(role: Role): string[] {
  return Object.entries(role.files ?? {}).flatMap(([path, file]) => {
    const directory = /^(\/etc\/postfix[^/]*)\/main\.cf$/.exec(path)?.[1];
    if (!directory) return [];
    const master = role.files?.[`${directory}/master.cf`]?.content;
    return openRelay(file.content ?? "", master).map((what) => `${roleName(role)}: ${path}: ${what}`);
  });
}

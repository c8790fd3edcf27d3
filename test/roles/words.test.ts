/**
 * Texts made by chance in every text of a site file that the schema lets through: whatever hosts would get of them, the real
 * parsers take it.
 */
import { readSite } from "../../plan";
import { canonical, TYPES } from "../../provider/dns/zone/rdata";
import type { SiteSpec } from "../../site";
import { rendered } from "../plan/rendered";
import { TRIES, texts } from "../quote/nasty";
import { folderWith, hostKeyLine } from "../site/fixture";
import { describeInChroot, inChroot, runInChroot, stage } from "../support/chroot";
import { askPostfix } from "../support/postfix";

const KEY = hostKeyLine();
const text = JSON.stringify;

/** A site of every role, with these texts in its places; a place without one has something ordinary. */
const PLACES: Record<string, (word: string) => string> = {
  location: (word) => word,
  hostname: (word) => `${word}.example.org`,
  transport: (word) => `${word}.example.net:25`,
  catchAll: (word) => `${word}@example.com`,
  dmarcReports: (word) => `${word}@example.com`,
  dmarcFailureReports: (word) => `${word}@example.com`,
  spf: (word) => `exists:%{i}.${word}.example.net`,
  mailbox: (word) => `${word}@example.org`,
  name: (word) => word,
  sendAs: (word) => `${word}-as@example.org`,
  alias: (word) => `${word}-alias@example.org`,
  target: (word) => `${word}@example.com`,
  group: (word) => `${word}-group@example.org`,
  member: (word) => `${word}-member@example.com`,
  blockList: (word) => `${word}.example.net`,
  smarthost: (word) => `${word}.example.net:587`,
  signature: (word) => `${word}:0:*:4142`,
  productName: (word) => word,
  directory: (word) => `https://ca.example/${word}`,
  email: (word) => `${word}@example.com`,
  issuer: (word) => `${word}.example`,
  domain: (word) => `${word}.example`,
};
type Words = Record<keyof typeof PLACES, string>;

const siteFile = (w: Words) => `site: words
hosts:
  all1: { address: 192.0.2.1, address6: 2001:db8::1, location: ${text(w.location)}, hostname: ${text(w.hostname)}, hostKeys: [${KEY}], roles: [mx, submission, relay, mailstore, webmail, nameserver] }
  back1: { address: 192.0.2.7, hostKeys: [${KEY}], roles: [backup] }
domains:
  example.org: { catchAll: ${text(w.catchAll)}, dmarcReports: ${text(w.dmarcReports)}, dmarcFailureReports: ${text(w.dmarcFailureReports)}, spf: [${text(w.spf)}] }
  ${text(w.domain)}: { transport: ${text(w.transport)} }
accounts:
  mailboxes: { ${text(w.mailbox)}: { name: ${text(w.name)}, sendAs: [${text(w.sendAs)}] }, "a@example.org": {} }
  aliases: { postmaster@example.org: ["a@example.org"], ${text(w.alias)}: [${text(w.target)}, ${text(w.mailbox)}] }
  groups: { ${text(w.group)}: { members: [${text(w.member)}, ${text(w.mailbox)}], internal: true } }
mx: { blockLists: [{ zone: ${text(w.blockList)}, weight: 2 }] }
relay: { smarthost: ${text(w.smarthost)} }
filter: { clamav: true, signatures: [${text(w.signature)}] }
mailstore: { pop3: true }
webmail: { productName: ${text(w.productName)} }
dns: { provider: powerdns }
certificates: { acme: { directory: ${text(w.directory)}, email: ${text(w.email)}, issuers: [${text(w.issuer)}] } }
backups: {}
`;

const read = (words: Words) => readSite(folderWith({ "site.yaml": siteFile(words) })).site;
const ordinary = Object.fromEntries(Object.entries(PLACES).map(([place, around]) => [place, around("x1")])) as Words;

/** For each place the words that the site file takes there: every scrap within a word, and more by chance by hand. */
function admitted(): Map<string, string[]> {
  const all = texts(31, Math.max(320, TRIES / 2)).filter((_, index) => index % 4 === 1);
  const takes = (place: string, word: string) =>
    word.length < 60 && read({ ...ordinary, [place]: PLACES[place]?.(word) ?? "" }) !== undefined;
  return new Map(Object.keys(PLACES).map((place) => [place, all.filter((word) => takes(place, word))]));
}

/** A few sites that together have every admitted word somewhere: many in each place, where they may stand together. */
function sites(words: Map<string, string[]>, count: number): SiteSpec[] {
  return Array.from({ length: count }, (_, site): SiteSpec | undefined => {
    let chosen = ordinary;
    for (const [place, around] of Object.entries(PLACES)) {
      const own = (words.get(place) ?? []).filter((_, index) => index % count === site);
      for (const word of [own.join(""), own.slice(0, 3).join(""), own[0] ?? "x1"]) {
        const next = { ...chosen, [place]: around(word) };
        if (word === "" || read(next) === undefined) continue;
        chosen = next;
        break;
      }
    }
    return read(chosen);
  }).filter((site) => site !== undefined);
}

let words: Map<string, string[]>;
let all: { site: SiteSpec; made: ReturnType<typeof rendered> }[];
beforeAll(() => {
  words = admitted();
  all = sites(words, 6).map((site) => ({ site, made: rendered(site, "https://ca.example/a'b'$(id)&c=*!~") }));
}, 300_000);

test("the schema lets through what a language could take for its own, so that there is something to judge", () => {
  const joined = (place: string) => words.get(place)?.join("") ?? "";
  expect(joined("productName")).toMatch(/(?=.*')(?=.*")(?=.*`)(?=.*\$\()(?=.*%)(?=.*\\)(?=.*;)(?=.*#)/s);
  expect(joined("directory")).toMatch(/(?=.*')(?=.*\$)(?=.*;)/s);
  expect(joined("email")).toMatch(/(?=.*')(?=.*`)(?=.*\$)/s);
  expect(joined("target")).toMatch(/(?=.*')(?=.*`)(?=.*\$)(?=.*#)/s);
  expect(joined("mailbox")).toMatch(/(?=.*')(?=.*&)(?=.*~)/s);
  expect(all).toHaveLength(6);
});

test("every record set is one that its own type takes, and says the same", () => {
  for (const { made } of all)
    for (const { type, name, values } of made.records)
      for (const value of values) {
        if (TYPES.includes(type)) expect([name, canonical(type, value)]).toEqual([name, expect.any(String)]);
        expect(value).toMatch(/^[ -~]*$/);
      }
});

/** The files of all sites with such a path, in folders of their own. */
const filesLike = (path: RegExp) =>
  all.flatMap(({ site, made }) =>
    made.roles.flatMap(({ id, files }) =>
      Object.entries(files).flatMap(([name, content]) => (path.test(name) ? [{ site, id, name, content }] : [])),
    ),
  );
/** Runs one command for each file: a shell's loop is quicker than we are. */
function eachTakenBy(command: string, files: { content: string }[]): void {
  const folder = stage(Object.fromEntries(files.map(({ content }, index) => [`${index}`, content])));
  const says = inChroot(
    "sh",
    "-c",
    `for f in "$0"/*; do ${command} "$f" >"$f.said" 2>&1 || cat "$f.said"; done`,
    folder,
  );
  expect(says.output).toBe("");
  expect(files.length).toBeGreaterThan(0);
}

describeInChroot("the real parsers take all of it", () => {
  test("sh, Python and PHP", () => {
    const programs = filesLike(/./).filter(({ content }) => content.startsWith("#!/bin/sh"));
    eachTakenBy("sh -n", programs);
    const python = filesLike(/./).filter(({ content }) => content.startsWith("#!/usr/bin/python3"));
    eachTakenBy("python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())'", python);
    eachTakenBy("php -l", filesLike(/\.php$/));
  }, 120_000);

  test("an XML parser, and the webmail's name reads back", () => {
    const clients = filesLike(/config-v1\.1\.xml$/);
    const program =
      "import sys, json, xml.etree.ElementTree as x\nprint(json.dumps([x.parse(f).find('.//displayName').text for f in sys.argv[1:]]))";
    const folder = stage(Object.fromEntries(clients.map(({ content }, index) => [`${index}`, content])));
    const says = inChroot("python3", "-c", program, ...clients.map((_, index) => `${folder}/${index}`));
    expect(JSON.parse(says.stdout)).toEqual(clients.map(({ site }) => site.webmail.productName));
  });

  test("PHP: the webmail's name reads back", () => {
    const configs = filesLike(/^\/etc\/roundcube\/config\.inc\.php$/);
    const folder = stage(
      Object.fromEntries(configs.map(({ content }, index) => [`${index}`, content.replace(/^require .*$/m, "")])),
    );
    const program =
      'for ($i = 0; $i < $argv[2]; $i++) { require "$argv[1]/$i"; echo json_encode($config[\'product_name\']), "\\n"; }';
    const says = inChroot("php", "-r", program, "--", folder, `${configs.length}`);
    expect(
      says.stdout
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
    ).toEqual(configs.map(({ site }) => site.webmail.productName));
  });

  test("Postfix: every alias and mailbox is found", () => {
    for (const { site, made } of all) {
      const files = made.roles.find(({ id }) => id === "relay-all1")?.files ?? {};
      const folder = stage({
        aliases: files["/etc/postfix-relay/aliases"] ?? "",
        mailboxes: files["/etc/postfix-relay/mailboxes"] ?? "",
      });
      const aliases = Object.entries(site.accounts.aliases);
      const mailboxes = site.accounts.mailboxes.map(({ address }) => address);
      const ask = (table: string, keys: string[]) =>
        runInChroot(["postmap", "-q", "-", `texthash:${folder}/${table}`], {
          input: keys.map((key) => `${key}\n`).join(""),
        });
      const found = ask(
        "aliases",
        aliases.map(([alias]) => alias),
      );
      expect(found).toMatchObject({
        stderr: "",
        stdout: aliases.map(([alias, to]) => `${alias}\t${to.join(", ")}\n`).join(""),
      });
      expect(ask("mailboxes", mailboxes)).toMatchObject({
        stderr: "",
        stdout: mailboxes.map((box) => `${box}\tok\n`).join(""),
      });
    }
  }, 120_000);

  /** Whole daemons take seconds each: a few sites, spread over all. */
  const some = () => all.filter((_, index) => index % 4 === 1);

  test("Postfix itself", () => {
    for (const { made } of some())
      for (const { manifest } of made.roles.filter(({ id }) => /^(mx|relay|submission)-/.test(id))) {
        const says = askPostfix(manifest);
        expect(says.postconf.stderr).toBe("");
        expect(says.check).toMatchObject({ status: 0, stderr: "" });
      }
  }, 200_000);

  test("rspamd, Dovecot and PowerDNS", () => {
    for (const { made } of some()) {
      const filesOf = (role: string) => made.roles.find(({ id }) => id === `${role}-all1`)?.files ?? {};
      const filter = stage(filesOf("filter"));
      expect(inChroot("rspamadm", `--var=LOCAL_CONFDIR=${filter}/etc/rspamd`, "configtest").output).toContain(
        "syntax OK",
      );
      const store = stage({ ...filesOf("mailstore"), "chain.pem": "" }, (content, at) =>
        content
          .replace(/(include )(\/etc\/)/g, `$1${at}$2`)
          .replace(/(ssl_server_\w+_file) = .*/g, `$1 = ${at}/chain.pem`),
      );
      expect(inChroot("doveconf", "-c", `${store}/etc/dovecot/dovecot.conf`, "-n")).toMatchObject({
        status: 0,
        stderr: "",
      });
      const names = filesOf("nameserver");
      const zones = Object.entries(names).filter(([path]) => path.endsWith(".zone"));
      const sources = stage({
        ...Object.fromEntries(zones.map(([path, content]) => [path.split("/").at(-1) ?? "", content])),
        zones: names["/usr/local/lib/postfleet/zones"] ?? "",
      });
      inChroot("sed", "-i", `s#^sources=.*#sources=${sources}#`, `${sources}/zones`);
      expect(inChroot(`${sources}/zones`, "check")).toMatchObject({ status: 0, output: "" });
    }
  }, 200_000);
});

/** Every role on a host that is lost, and every role whose peer is lost: what the rules accept can be planned and declared. */
import { planned, readSite } from "../../plan";
import { REGISTRY } from "../../roles";
import type { Facts } from "../../roles/define";
import type { SiteSpec } from "../../site";
import { declareSite, rolesIn } from "../components/site/mocks";
import { folderWith, hostKeyLine } from "../site/fixture";
import { SPREAD } from "./sites";

const KEY = hostKeyLine();

/** The names of a site file's hosts. */
const hostsIn = (yaml: string) => [...yaml.matchAll(/^ {2}(\w+): \{ address/gm)].map(([, name = ""]) => name);

/** The site file with some hosts lost. */
const losing = (yaml: string, names: readonly string[]) =>
  names.reduce((text, name) => text.replace(`\n  ${name}: {`, "$& lost: true,"), yaml);

function read(yaml: string) {
  const hosts = [...yaml.matchAll(/\baddress: ([0-9.]+)/g)].map(([, address]) => `${address} ${KEY}\n`);
  return readSite(folderWith({ "site.yaml": yaml, "lab.known_hosts": hosts.join("") }));
}

/** Everything that is told of an instance, as if all keys existed. */
function declared(site: SiteSpec): Map<string, string> {
  const { deployments, plan } = planned(site);
  const known: Facts = {
    records: [],
    signing: Object.fromEntries(plan.signers.map(({ ring }) => [ring, { active: "k1", held: ["k1"] }])),
    acmeAccountUri: "https://ca.example/acct/1",
    acmeCa: undefined,
    linkKeys: Object.fromEntries(plan.hosts.map(({ name }) => [name, "KEY"])),
    targetCertificates: Object.fromEntries(plan.hosts.map(({ name }) => [name, "PEM"])),
  };
  return new Map(
    deployments.map(({ instance, role, args, context }) => {
      const { late, secrets } = role;
      const files = secrets ? Object.keys(secrets.files(secrets.refs.make(context, known), args)) : [];
      const manifest = role.manifest({ ...args, ...late?.make(context, known) });
      return [instance.id, JSON.stringify([manifest, files])];
    }),
  );
}

/** What is wrong with what roles are told: empty values, lost hosts, and peers that there are not. */
function faults(site: SiteSpec): string[] {
  const addresses = site.hosts.filter((host) => host.lost).map(({ address }) => address);
  return [...declared(site)].flatMap(([id, text]) => {
    const live = !site.hosts.some((host) => host.lost && id.endsWith(`-${host.name}`));
    const told = addresses.filter((address) => new RegExp(`\\b${address.replaceAll(".", "\\.")}\\b`).test(text));
    return [
      ...(/undefined|NaN|\[\]:/.test(text) ? [`${id} has an empty value`] : []),
      ...(live && told.length > 0 ? [`${id} is told of ${told}`] : []),
      ...(live && /\[[^\]]*\]:0\b/.test(text) ? [`${id} has no peer`] : []),
    ];
  });
}

const pairs = (names: string[]) =>
  names.flatMap((one, index) => [[one], ...names.slice(index + 1).map((other) => [one, other])]);

/** Nothing but what a role itself needs is needed. */
const FORWARDING = SPREAD.replace(/^domains: .*$/m, 'domains: { example.org: { transport: "[192.0.2.77]:25" } }')
  .replace(/^ {2}mailboxes: .*\n/m, "")
  .replace("[alice@example.org]", "[alice@example.com]");
const MUTE = SPREAD.replace(/^domains: .*$/m, "domains: { example.org: { mail: false } }")
  .replace(/^accounts:\n( {2}.*\n)+/m, "")
  .replace(/^ {2}(mx.|relay1|web1): .*\n/gm, "")
  .replace("[submission, nameserver]", "[filter, nameserver]");
/** Another host for each that is lost, with its roles and its data. */
const replaced = (yaml: string, names: readonly string[]) =>
  names.reduce(
    (text, name, index) =>
      text.replace(new RegExp(`^ {2}${name}: \\{ address: [^,]+,(.*)\\}\\n`, "m"), (line, rest: string) => {
        const again = rest.replace(/ address6: [^,]+,/, "");
        return `${line}  again${index}: { address: 192.0.2.${100 + index},${again}, replaces: ${name} }\n`;
      }),
    yaml,
  );
/** A lost host that had every role there is, beside others. */
const withLostAll = (yaml: string) =>
  yaml.replace(
    "  old1:",
    "  all1: { address: 192.0.2.99, lost: true, roles: [mx, submission, relay, filter, mailstore, webmail, nameserver, backup] }\n  old1:",
  );
const SITES = { spread: SPREAD, forwarding: FORWARDING, "no mail": MUTE };

describe.each(Object.entries(SITES))("%s", (_, yaml) => {
  const names = hostsIn(yaml).filter((name) => name !== "old1");
  const losses = [...pairs(names), names].map((lost) => ({ lost, ...read(losing(yaml, lost)) }));

  test("what cannot be without a host is refused, with a hint", () => {
    const refused = losses.filter(({ site }) => site === undefined);
    for (const { problems } of refused)
      expect(problems.filter(({ severity }) => severity === "error")).toContainEqual(
        expect.objectContaining({ hint: expect.stringMatching(/\S{3} \S/) }),
      );
    expect(refused.length).toBeGreaterThan(0);
  });

  test("with another host in their place, and a lost one beside them that had every role, all can be lost", () => {
    for (const { lost } of losses) {
      const { site, problems } = read(withLostAll(losing(replaced(yaml, lost), lost)));
      expect([lost, problems.filter(({ severity }) => severity === "error")]).toEqual([lost, []]);
      if (site) expect([lost, faults(site)]).toEqual([lost, []]);
    }
  });

  test("everything else is planned, and no role that is there is told of what is lost", () => {
    const accepted = losses.flatMap(({ lost, site }) => (site ? [{ lost, site }] : []));
    for (const { lost, site } of accepted) expect([lost, faults(site)]).toEqual([lost, []]);
  });
});

test("the roles of a lost host are declared as lost, all of them, and nothing of theirs is asked for that is not there", async () => {
  const roles = [...rolesIn(await declareSite(withLostAll(SPREAD)))].filter(([name]) => name.endsWith("-all1"));
  expect(roles.map(([name]) => name.replace("-all1", "")).sort()).toEqual(REGISTRY.map(({ name }) => name).sort());
  expect(roles.filter(([, { host }]) => host.lost !== true)).toEqual([]);
});

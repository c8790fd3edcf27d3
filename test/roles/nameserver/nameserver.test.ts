import { componentOf } from "../../../components/role";
import { zoneNames } from "../../../plan/dns/zones";
import { type NameserverArgs, nameserver } from "../../../roles/nameserver";
import { named, pdns, script } from "../../../roles/nameserver/files";
import { zoneFiles } from "../../../roles/nameserver/zone-file";
import { recordsOf, site } from "../../plan/dns/fixture";
import { describeInChroot, inChroot, lintShell, stage } from "../../support/chroot";
import { HOST, openInputs, registered, secretFiles } from "../host/mocks";

const zones = zoneFiles(site(), zoneNames(site()), recordsOf(site()));
const ARGS: NameserverArgs = { addresses: ["192.0.2.11", "2001:db8::11"], zones };

describe("files", () => {
  test("a zone shows one record a line, with its reason", () => {
    const text = zones[0]?.text ?? "";
    const lines = text.split("\n");
    expect(lines[0]).toContain("; Owned by Postfleet, role nameserver");
    expect(lines.slice(1, 4).map((line) => line.replace(/ +/g, " "))).toEqual([
      "$ORIGIN example.org.",
      "$TTL 3600",
      "@ IN SOA mail1.example.org. postmaster.example.org. @SERIAL@ 3600 600 1209600 300",
    ]);
    expect(text.replace(/ +/g, " ")).toContain("@ IN MX 10 mail1.example.org. ; who takes the mail, RFC 5321\n");
  });

  test("it answers on the host's own addresses and gives no zone away", () => {
    expect(pdns(ARGS)).toContain("local-address=192.0.2.11, 2001:db8::11\n");
    expect(pdns(ARGS)).toContain("disable-axfr=yes\n");
    const open = pdns({ ...ARGS, secondaries: ["192.0.2.53"] });
    expect(open).toContain("allow-axfr-ips=192.0.2.53\n");
    expect(open).not.toContain("disable-axfr");
  });

  test.each([true, false])("the script is sound shell (dnssec %s)", (dnssec) => {
    expect(lintShell(script({ ...ARGS, dnssec }))).toBe("");
  });

  test("a changed zone reloads, a changed configuration restarts", () => {
    const service = nameserver.manifest(ARGS).services["pdns.service"];
    expect(service?.reloadOn).toContain("/etc/postfleet/nameserver/example.net.zone");
    expect(service?.restartOn).toContain("/etc/powerdns/pdns.d/postfleet.conf");
    expect(nameserver.manifest(ARGS).keep).toContain("/var/lib/postfleet/dnssec");
  });
});

test("component: keys of zones travel as secrets only", async () => {
  const { list, urns } = await registered(
    () => new (componentOf(nameserver))("ns-mail1", { ...ARGS, zoneKeys: { "example.org": "ZONE-KEY" }, host: HOST }),
  );
  expect(list.map(({ type }) => type)).toEqual(["postfleet:mail:Nameserver", "postfleet:host:Role"]);
  expect(urns[1]).toContain("postfleet:mail:Nameserver$postfleet:host:Role::ns-mail1");
  expect(secretFiles(list[1])).toEqual({ "/etc/postfleet/nameserver/keys/example.org.pem": "ZONE-KEY" });
  expect(openInputs(list[1])).not.toContain("ZONE-KEY");
});

describeInChroot("PowerDNS itself", () => {
  /** The sources in a folder of their own, and the script that reads them there. */
  const check = (change: (text: string) => string) => {
    const folder = stage({});
    const files = Object.fromEntries(zones.map((zone) => [`${zone.name}.zone`, change(zone.text)]));
    const sources = stage({ ...files, "named.conf": named(ARGS), zones: script(ARGS) });
    inChroot("sed", "-i", `s#^sources=.*#sources=${sources}#; s#^served=.*#served=${folder}#`, `${sources}/zones`);
    return inChroot(`${sources}/zones`, "check");
  };

  test("takes every zone", () => {
    expect(check((text) => text)).toMatchObject({ status: 0, output: "" });
  });

  test("takes what a site file may declare: aliases, stars, host keys, a delegation with its glue", () => {
    const more = `www IN CNAME a.example.net.
*.pages IN A 192.0.2.80
ssh IN SSHFP 4 2 0a0b
lab IN NS ns.lab.example.org.
ns.lab IN A 192.0.2.53
`;
    expect(check((text) => (text.includes("$ORIGIN example.org.") ? text + more : text))).toMatchObject({
      status: 0,
      output: "",
    });
    const run = check((text) => `${text}www IN CNAME a.example.net.\nwww IN A 192.0.2.1\nlab IN NS ns.example.net.\n`);
    expect(run.status).toBe(1);
    expect(run.output).toMatch(/CNAME/);
  });

  test("names the record that it refuses", () => {
    const run = check((text) => text.replace(/ A +192\.0\.2\.11/, " A 192.0.2.911"));
    expect(run.status).not.toBe(0);
    expect(run.output).toContain("192.0.2.911");
  });

  test("a zone that does not parse at all is refused too", () => {
    expect(check((text) => `${text}broken IN NOSUCHTYPE data\n`).status).not.toBe(0);
  });

  test("takes the configuration", () => {
    const folder = stage({ "pdns.conf": pdns(ARGS).replace(/^bind-dnssec-db=.*$/m, "") });
    const run = inChroot("pdns_server", `--config-dir=${folder}`, "--config=check");
    expect(run.output).not.toMatch(/unknown|fatal|error/i);
    expect(run.status).toBe(0);
  });
});

import { componentOf } from "../../../components/role";
import { type HostArgs, host } from "../../../roles/host";
import { nftables, resolvConf, sshd, timesyncd, unbound } from "../../../roles/host/files";
import { describeInChroot, inChroot, stage } from "../../support/chroot";
import { HOST, openInputs, registered } from "./mocks";

const ARGS: HostArgs = { hostname: "mail1.example.org", packagesAhead: ["postfix"] };

describe("files of the base role", () => {
  test("every file says who owns it", () => {
    for (const [path, { content }] of Object.entries(host.manifest(ARGS).files))
      expect(`${path}: ${content.split("\n")[0]}`).toContain("Owned by Postfleet, role host");
  });

  test("the firewall drops by default and keeps sshd open on its port", () => {
    const text = nftables({ ...ARGS, sshPort: 2222 });
    expect(text).toContain("hook input priority filter; policy drop;");
    expect(text).toContain("    tcp dport 2222 accept\n");
    expect(text).not.toContain("tcp dport 22 accept");
    expect(text.indexOf("redirect drop")).toBeLessThan(text.indexOf("established,related accept"));
  });

  test("sshd can be limited to networks of both families", () => {
    const text = nftables({ ...ARGS, sshFrom: ["192.0.2.0/24", "2001:db8::/32"] });
    expect(text).toContain("    ip saddr { 192.0.2.0/24 } tcp dport 22 accept\n");
    expect(text).toContain("    ip6 saddr { 2001:db8::/32 } tcp dport 22 accept\n");
    expect(text).not.toMatch(/^ {4}tcp dport 22/m);
  });

  test("time servers", () => {
    expect(timesyncd(ARGS)).not.toContain("NTP=");
    expect(timesyncd({ ...ARGS, ntpServers: ["a.example", "b.example"] })).toContain("NTP=a.example b.example\n");
  });

  test("the resolver is the host's own", () => {
    expect(resolvConf(ARGS).split("\n").slice(1)).toEqual(["nameserver 127.0.0.1", "options edns0 trust-ad", ""]);
  });

  test("deleting the role cannot stop what belongs to the system", () => {
    expect(Object.keys(host.manifest(ARGS).services)).toEqual(["nftables.service", "unbound.service"]);
  });
});

describe("what the site file says of things that nobody declared", () => {
  const allowed = [{ what: "user eve", why: "she helps", until: "2027-06-30" }];

  test("is in the manifest: allowed, removed, and files of the site's own beside the role's", () => {
    const ownFiles = { "/etc/cron.d/own": { content: "x\n", mode: "0600" } };
    const made = host.manifest({ ...ARGS, allowed, removed: ["/etc/zz"], ownFiles });
    expect(made).toMatchObject({ allowed, removed: { "/etc/zz": "nobody declared it" } });
    expect(made.files["/etc/cron.d/own"]).toEqual({ content: "x\n", mode: "0600", owner: "root", group: "root" });
    expect(Object.keys(made.files).length).toBe(Object.keys(host.manifest(ARGS).files).length + 1);
  });

  test("a file of the role's is not taken over", () => {
    const ownFiles = { "/etc/nftables.conf": { content: "", mode: "0644" } };
    expect(() => host.manifest({ ...ARGS, ownFiles })).toThrow(
      /files names \/etc\/nftables\.conf, which the role host/,
    );
  });
});

describe("component", () => {
  test("one role, named and parented", async () => {
    const { list, urns } = await registered(() => new (componentOf(host))("host-mail1", { ...ARGS, host: HOST }));
    expect(list.map(({ type, name }) => [type, name])).toEqual([
      ["postfleet:mail:Host", "host-mail1"],
      ["postfleet:host:Role", "host-mail1"],
    ]);
    expect(urns[1]).toContain("postfleet:mail:Host$postfleet:host:Role::host-mail1");
    expect(list[1]?.inputs).toMatchObject({ role: "host", host: HOST, packagesAhead: ["postfix"] });
    expect(openInputs(list[1])).toContain("policy drop");
  });
});

describeInChroot("real parsers", () => {
  // nft needs a network namespace that it may look at; unshare gives it an empty one.
  const nft = (folder: string) => inChroot("unshare", "--net", "nft", "-c", "-f", `${folder}/nftables.conf`);
  const rules = (folder: string) => nftables(ARGS).replace("/etc/nftables.d/", `${folder}/d/`);

  test("nft: with no drop-in, with a good one, with a bad one", () => {
    const folder = stage({ "d/readme": "" });
    const write = (files: Record<string, string>) => stage({ ...files, "d/readme": "" });
    const none = write({ "nftables.conf": rules(folder) });
    expect(nft(none)).toMatchObject({ status: 0, output: "" });
    const drop = stage({ "d/mx.nft": "tcp dport 25 accept\n" });
    expect(nft(write({ "nftables.conf": rules(drop) })).status).toBe(0);
    const bad = stage({ "d/mx.nft": "tcp dportt 25 accept\n" });
    expect(nft(write({ "nftables.conf": rules(bad) })).output).toContain("mx.nft:1");
  });

  test("sshd takes every algorithm, and passwords are off", () => {
    const key = stage({});
    inChroot("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", `${key}/host`);
    const folder = stage({ sshd_config: `HostKey ${key}/host\n${sshd(ARGS)}` });
    const run = inChroot("sh", "-c", `mkdir -p /run/sshd && /usr/sbin/sshd -T -f ${folder}/sshd_config`);
    expect(run.output).toContain("passwordauthentication no\n");
    expect(run.output).toContain("permitrootlogin without-password\n");
    expect(run.status).toBe(0);
  });

  test("unbound", () => {
    const folder = stage({ "unbound.conf": unbound(ARGS) });
    expect(inChroot("unbound-checkconf", `${folder}/unbound.conf`).status).toBe(0);
  });

  test("apt takes security updates only", () => {
    const content = host.manifest(ARGS).files["/etc/apt/apt.conf.d/52postfleet-upgrades"]?.content ?? "";
    const debian = 'Unattended-Upgrade::Origins-Pattern { "origin=Debian,label=Debian"; };\n';
    const folder = stage({ "apt.conf": debian + content });
    const run = inChroot(
      "env",
      `APT_CONFIG=${folder}/apt.conf`,
      "apt-config",
      "dump",
      "Unattended-Upgrade::Origins-Pattern",
    );
    expect(run.output).toContain("label=Debian-Security");
    expect(run.output).not.toContain('"origin=Debian,label=Debian"');
  });
});

/**
 * The link on real hosts: namespaces on one wire that is listened to, each with the rendered firewall and configuration, WireGuard
 * in user space (wireguard-go), and what others may try.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { wireguardKey } from "../../../provider/keys/wireguard-key";
import { link } from "../../../roles/link";
import { LINK_FILE, PRIVATE_KEY, sharedKeyPath } from "../../../roles/link/args";
import { linkAddress } from "../../../roles/shared/link";
import { host as hostNamed, type SiteSpec } from "../../../site";
import { rendered } from "../../plan/rendered";
import { SPREAD, siteOf } from "../../plan/sites";
import { describeInChroot, outside } from "../../support/chroot";

const AFTER = siteOf(SPREAD.replace("192.0.2.4,", "192.0.2.4, address6: 2001:db8::4,"));
const BEFORE: SiteSpec = { ...AFTER, hosts: AFTER.hosts.filter(({ name }) => name !== "mx2") };

type Files = Record<string, [mode: string, content: string]>;

/** What the base, the link and the firewall of a host are made of. */
function filesOf(site: SiteSpec, host: string): Files {
  const roles = rendered(site).roles.filter(({ id }) => id.endsWith(`-${host}`));
  return Object.fromEntries(
    roles.flatMap(({ manifest, files }) =>
      Object.entries(files)
        .filter(([path]) => /nftables|wireguard|postfleet\/link/.test(path))
        .map(([path, content]) => [path, [manifest.files[path]?.mode ?? "0600", content]]),
    ),
  );
}

const addressOf = (name: string) => linkAddress(AFTER, hostNamed(AFTER, name));
const outer = (name: string) => {
  const { address, address6 } = hostNamed(AFTER, name);
  return address6 === undefined ? [address] : [address, address6];
};

/** A host of somebody else, with a key of its own, under the address of the relay. */
function rogue(files: Files): Files {
  const publicKey = /PublicKey = (\S+)\n# PresharedKey: \S+store1\n/.exec(files[LINK_FILE]?.[1] ?? "")?.[1] ?? "";
  const store = { name: "store1", address: addressOf("store1"), outer: outer("store1") };
  const own = link.manifest({ address: addressOf("relay1"), peers: [store], publicKeys: { store1: publicKey } }).files;
  return {
    ...Object.fromEntries(
      Object.entries(own).map(([path, { mode, content }]): [string, [string, string]] => [path, [mode, content]]),
    ),
    [PRIVATE_KEY]: ["0600", `${wireguardKey().privateKey}\n`],
    [sharedKeyPath("store1")]: files[sharedKeyPath("store1")] ?? ["0600", ""],
    "/etc/nftables.conf": ["0644", "flush ruleset\n"],
  };
}

describeInChroot("hosts of a site on one wire", () => {
  let told: Record<string, unknown>;
  beforeAll(() => {
    const relay = filesOf(BEFORE, "relay1");
    const given = {
      root: outside("/"),
      outer: {
        ...Object.fromEntries(["relay1", "store1", "mx2"].map((name) => [name, outer(name)])),
        rogue1: ["192.0.2.66", "2001:db8::66"],
      },
      link: Object.fromEntries(["relay1", "store1", "mx2"].map((name) => [name, addressOf(name)])),
      before: { relay1: relay, store1: filesOf(BEFORE, "store1") },
      after: Object.fromEntries(["relay1", "store1", "mx2"].map((name) => [name, filesOf(AFTER, name)])),
      rogue: rogue(relay),
      watch: link.watch.map(({ argv }) => argv),
    };
    const { stdout, stderr, status } = spawnSync(
      "unshare",
      [
        ...["-n", "-m", "-p", "--fork", "--mount-proc", "--kill-child", "--propagation", "private"],
        ...["python3", join(__dirname, "wire.py")],
      ],
      { input: JSON.stringify(given), encoding: "utf8", timeout: 150_000 },
    );
    if (status !== 0) throw new Error(`wire.py: ${stderr}`);
    told = JSON.parse(stdout);
  }, 160_000);

  test("the wire is listened to: what goes past the link can be read", () => {
    expect(told.plain).toEqual([true, true]);
  });

  test("what goes through the link arrives, and nothing of it can be read", () => {
    expect(told).toMatchObject({ link: [true, false], "late words": false });
  });

  test("past the link not even a peer gets in", () => {
    expect(told.outside).toBe(false);
  });

  test("a neighbour gets nothing: not at the port, not with another key, not under the address of a peer", () => {
    expect(told).toMatchObject({ neighbour: false, "other key": false, forged: { arrived: true, passed: 0 } });
  });

  test("on a host of the link its roles alone speak through it: no broken-into PHP", () => {
    expect(told.users).toEqual({ postfix: "let out", "www-data": "refused", nobody: "refused" });
  });

  test("a host that comes later is let in when its peer knows it; connections and sessions of the others go on", () => {
    expect(told).toMatchObject({
      stranger: false,
      "too early": false,
      added: true,
      kept: true,
      "same sessions": [1, true],
    });
  });

  test("a host that leaves gets nothing any more, and the others go on", () => {
    expect(told.left).toEqual([false, true]);
  });

  test("a monitor hears how many peers are silent", () => {
    // Two of the relay's three peers are not there.
    expect(told.watch).toEqual(["2"]);
  });
});

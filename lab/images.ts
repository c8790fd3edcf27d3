/**
 * Images of the lab's hosts: a bare Debian 13, and one layer of packages on top for each host that the lab sets up itself.
 * They hold no identity and no configuration of the lab, so every lab on this machine shares them; a hash of the recipe
 * is part of their names.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../system/errors";
import type { Progress } from "../system/progress";
import { run } from "../system/run";
import { FOREIGN_PACKAGES } from "./foreign1/packages";
import { aptSources, mirrorAddresses, mirrorUrl, outerFetchSettings } from "./mirror";
import { NET_PACKAGES } from "./net1/packages";
import { OVH_PACKAGES } from "./ovh1/packages";
import { keepPackages, packageDirectory } from "./packages";
import { CACHE_DIRECTORY, type LabHost } from "./plan";

/** What a bare host has beyond Debian's required packages. */
const BASE_PACKAGES = [
  "systemd",
  "systemd-sysv",
  "dbus",
  "openssh-server",
  "python3-minimal",
  "iproute2",
  "nftables",
  "ca-certificates",
];

/** apt keeps what it downloaded: the packages are shared by all hosts. */
const APT_SETTINGS = `// Packages stay in the cache that all hosts of the lab share.
APT::Keep-Downloaded-Packages "true";
Binary::apt::APT::Keep-Downloaded-Packages "true";
Acquire::Languages "none";
`;

/**
 * Run inside the new system. The files of dns-root-data are diverted, because the lab has a DNS root of its own. The
 * stamps keep Debian's daily timers from catching up during the first minutes of each new host.
 */
const CUSTOMIZE = `set -e
for file in root.hints root.key root.ds; do
  dpkg-divert --quiet --divert /usr/share/dns/$file.distrib --rename --add /usr/share/dns/$file
done
mkdir -p /usr/share/dns /var/lib/systemd/timers
for timer in apt-daily apt-daily-upgrade dpkg-db-backup e2scrub_all fstrim; do
  touch /var/lib/systemd/timers/stamp-$timer.timer
done
rm -f /etc/ssh/ssh_host_* /etc/machine-id /var/lib/dbus/machine-id
`;

/** Packages of the layer of a host. */
function layerPackages(host: LabHost): string[] {
  if (host.roles.includes("ovh")) return OVH_PACKAGES;
  return host.name === "net1" ? NET_PACKAGES : FOREIGN_PACKAGES;
}

const digest = (recipe: unknown): string =>
  createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 12);

const baseRecipe = () => ["trixie", mirrorUrl(), BASE_PACKAGES, APT_SETTINGS, CUSTOMIZE];

/** Directories of a host's image, the topmost first, as overlayfs wants them. */
export function imageLayers(host: LabHost): string[] {
  const base = join(CACHE_DIRECTORY, "images", `base-${digest(baseRecipe())}`);
  if (host.bare) return [base];
  return [join(CACHE_DIRECTORY, "images", `${host.name}-${digest([baseRecipe(), layerPackages(host)])}`), base];
}

/** Makes the images that are missing. */
export async function ensureImages(hosts: readonly LabHost[], progress: Progress): Promise<void> {
  const [base] = imageLayers({ bare: true } as LabHost);
  if (base && !existsSync(base)) {
    checkSpace();
    await progress.step("Debian 13 base image (once, about 30 s)", () => buildBase(base));
  }
  // One after the other: two cores are busy with one dpkg already, and one mirror connection is as fast as two.
  for (const host of hosts.filter((h) => !h.bare)) {
    const [layer, below] = imageLayers(host);
    if (!layer || !below || existsSync(layer)) continue;
    await progress.step(`packages of ${host.name} (once)`, () => buildLayer(host, layer, below));
  }
}

/** Room for the images, the packages and the hosts of one lab, in GiB. */
const NEEDED_GIB = 5;

function checkSpace(): void {
  mkdirSync(CACHE_DIRECTORY, { recursive: true });
  const { bavail, bsize } = statfsSync(CACHE_DIRECTORY);
  const free = (bavail * bsize) / 2 ** 30;
  if (free < NEEDED_GIB) {
    throw new UserError(
      `the disk of ${CACHE_DIRECTORY} has ${free.toFixed(1)} GiB left; the lab needs ${NEEDED_GIB} GiB`,
      "make room, or mount a larger disk there",
    );
  }
}

async function buildBase(target: string): Promise<void> {
  const building = `${target}.new`;
  rmSync(building, { recursive: true, force: true });
  mkdirSync(building, { recursive: true });
  await run(
    [
      "mmdebstrap",
      "--quiet",
      "--mode=root",
      "--variant=minbase",
      "--skip=cleanup/apt/lists",
      `--include=${BASE_PACKAGES.join(",")}`,
      ...(await outerFetchSettings())
        .split("\n")
        .filter(Boolean)
        .map((line) => `--aptopt=${line}`),
      `--customize-hook=printf '%s' "$APT_SETTINGS" > "$1/etc/apt/apt.conf.d/90lab"`,
      `--customize-hook=chroot "$1" sh -c "$CUSTOMIZE"`,
      "trixie",
      building,
      ...aptSources(mirrorUrl()),
    ],
    { timeout: 900, env: { APT_SETTINGS, CUSTOMIZE } },
  );
  // Only finished images have their final name.
  renameSync(building, target);
}

/** Installs a host's packages in an overlay over the base; the upper directory is the layer. */
async function buildLayer(host: LabHost, target: string, below: string): Promise<void> {
  const building = `${target}.new`;
  const [upper, work, root] = ["upper", "work", "root"].map((part) => join(building, part)) as [string, string, string];
  rmSync(building, { recursive: true, force: true });
  for (const directory of [upper, work, root]) mkdirSync(directory, { recursive: true });
  const archives = packageDirectory(`image-${host.name}`);
  const { name, addresses } = await mirrorAddresses();
  const mounts: string[] = [];
  const mount = async (at: string, ...args: string[]) => {
    await run(["mount", ...args, at]);
    mounts.unshift(at);
  };
  try {
    await mount(root, "-t", "overlay", "overlay", "-o", `lowerdir=${below},upperdir=${upper},workdir=${work}`);
    await mount(join(root, "proc"), "-t", "proc", "proc");
    await mount(join(root, "dev"), "--bind", "/dev");
    await mount(join(root, "var/cache/apt/archives"), "--bind", archives);
    writeFileSync(join(root, "etc/hosts"), `127.0.0.1 localhost\n${addresses[0]} ${name}\n`);
    writeFileSync(join(root, "etc/hostname"), "localhost\n");
    // Daemons are not started here: they get their configuration first.
    writeFileSync(join(root, "usr/sbin/policy-rc.d"), "#!/bin/sh\nexit 101\n", { mode: 0o755 });
    await run(
      ["chroot", root, "apt-get", "install", "--yes", "--quiet", "--no-install-recommends", ...layerPackages(host)],
      { timeout: 900, env: { DEBIAN_FRONTEND: "noninteractive" } },
    );
    rmSync(join(root, "usr/sbin/policy-rc.d"));
  } finally {
    for (const at of mounts) await run(["umount", at]);
  }
  keepPackages(archives);
  rmSync(join(target), { recursive: true, force: true });
  renameSync(upper, target);
  rmSync(building, { recursive: true, force: true });
}

/** Removes images of older recipes; no host may be running. */
export function removeOldImages(hosts: readonly LabHost[]): void {
  const directory = join(CACHE_DIRECTORY, "images");
  if (!existsSync(directory)) return;
  const wanted = new Set(hosts.flatMap(imageLayers));
  for (const entry of readdirSync(directory)) {
    if (!wanted.has(join(directory, entry))) rmSync(join(directory, entry), { recursive: true, force: true });
  }
}

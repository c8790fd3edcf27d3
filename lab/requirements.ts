/** What the outer machine must have: root, Debian 12 or 13, and some packages, which are installed when they are missing. */
import { existsSync, readFileSync } from "node:fs";
import type { Progress } from "./progress";
import { LabError, run } from "./run";

/** Programs the lab drives on the outer machine, and the Debian packages that bring them. */
export const PROGRAMS: Record<string, string> = {
  mmdebstrap: "mmdebstrap",
  "systemd-nspawn": "systemd-container",
  nft: "nftables",
  ip: "iproute2",
  ssh: "openssh-client",
  "ssh-keygen": "openssh-client",
  dig: "dnsutils",
  openssl: "openssl",
  curl: "curl",
};

const DIRECTORIES = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** The packages of the programs that are not installed. */
export function missingPackages(exists: (path: string) => boolean = existsSync): string[] {
  const missing = Object.entries(PROGRAMS)
    .filter(([program]) => !DIRECTORIES.some((directory) => exists(`${directory}/${program}`)))
    .map(([, name]) => name);
  if (!exists("/usr/share/keyrings/debian-archive-keyring.gpg")) missing.push("debian-archive-keyring");
  return [...new Set(missing)];
}

/** Refuses everybody but root. */
export function checkRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new LabError(
    "the lab needs root: it makes network namespaces, mounts and boots Debian hosts",
    "run the command as root, e.g. with sudo; a virtual machine of Debian 12 or 13 will do",
  );
}

/** Refuses outer machines on which the lab cannot work. */
export function checkMachine(): void {
  checkRoot();
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  if (!/^ID=debian$/m.test(release)) {
    const name = /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1] ?? "unknown";
    throw new LabError(
      `the lab runs on Debian 12 or 13; this machine is: ${name}`,
      "use a virtual machine of Debian 13",
    );
  }
}

/** Installs what is missing. */
export async function ensurePackages(progress: Progress): Promise<void> {
  const missing = missingPackages();
  if (missing.length === 0) return;
  await progress.step(`install ${missing.join(", ")}`, async () => {
    const options = { timeout: 600, env: { DEBIAN_FRONTEND: "noninteractive" } };
    await run(["apt-get", "update", "--quiet"], options);
    await run(["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", ...missing], options);
  });
}

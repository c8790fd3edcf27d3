/**
 * What the outer machine must have: root, Debian 12 or 13, and some packages, which are installed when they are missing.
 * `scripts/setup` has an installer of its own, since it runs before there is Node.js.
 */
import { existsSync, readFileSync } from "node:fs";
import { UserError } from "../system/errors";
import type { Progress } from "../system/progress";
import { attempt } from "../system/run";

/** Programs in PATH, or files by their full path -> the Debian packages that bring them. */
export type Programs = Readonly<Record<string, string>>;

/** What the lab drives on the outer machine. */
export const PROGRAMS: Programs = {
  mmdebstrap: "mmdebstrap",
  "systemd-nspawn": "systemd-container",
  nft: "nftables",
  ip: "iproute2",
  ssh: "openssh-client",
  "ssh-keygen": "openssh-client",
  dig: "dnsutils",
  openssl: "openssl",
  curl: "curl",
  "/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
};

const DIRECTORIES = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** The packages of what is not installed. */
export function missingPackages(exists: (path: string) => boolean = existsSync, programs = PROGRAMS): string[] {
  const places = (program: string) =>
    program.startsWith("/") ? [program] : DIRECTORIES.map((directory) => `${directory}/${program}`);
  const missing = Object.entries(programs).filter(([program]) => !places(program).some(exists));
  return [...new Set(missing.map(([, name]) => name))];
}

/** Refuses everybody but root. */
export function checkRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new UserError(
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
    throw new UserError(
      `the lab runs on Debian 12 or 13; this machine is: ${name}`,
      "use a virtual machine of Debian 13",
    );
  }
}

/** Installs what is missing; {@link PROGRAMS} by default. */
export async function ensurePackages(progress: Progress, programs = PROGRAMS): Promise<void> {
  const missing = missingPackages(existsSync, programs);
  if (missing.length > 0) await progress.step(`install ${missing.join(", ")}`, () => installPackages(missing));
}

/** Installs Debian packages on the outer machine. */
export async function installPackages(names: readonly string[]): Promise<void> {
  const options = { timeout: 600, env: { DEBIAN_FRONTEND: "noninteractive" } };
  const install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", ...names];
  if ((await attempt(install, options)).status === 0) return;
  // The index may be missing (a fresh image) or stale. Where it cannot be fetched, apt only warns.
  const index = await attempt(["apt-get", "update", "--quiet"], options);
  const { status, stderr } = await attempt(install, options);
  if (status === 0) return;
  const words = `${index.stderr}${stderr}`.trim().split("\n").slice(-15).join("\n    ");
  throw new UserError(
    `Debian's package manager could not install ${names.join(", ")}:\n    ${words}`,
    "is the mirror in /etc/apt reachable, and no other apt at work?",
  );
}

/** Dedicated servers as hosts of the lab: erased, installed, booted. */
import { randomBytes } from "node:crypto";
import { writeAtomically } from "../../system/files";
import { trustAcmeRoots } from "../acme";
import { type HostContents, hostContents } from "../contents";
import type { LabFiles } from "../identity";
import { allKnownHosts } from "../keys";
import { boot, createDisk, refreshMirror, stop, waitForSsh } from "../machines";
import { mirrorAddresses, outerFetchSettings } from "../mirror";
import { ensureHostNetwork } from "../network";
import type { LabHost } from "../plan";
import { ensureSecrets } from "../secrets";
import { sshAnswers } from "../ssh";
import { statePath } from "../state";
import type { Installation } from "./world";

const SCRIPT = "/root/.ovh-post-installation";
const UNIT = "post-installation.service";

/** Runs the script once, and nobody can log in before it has ended. */
const unit = (): string => `[Unit]
Description=Script given with the installation
ConditionPathExists=${SCRIPT}
After=network.target
Before=ssh.service

[Service]
Type=oneshot
ExecStart=${SCRIPT}
ExecStartPost=rm -f ${SCRIPT}

[Install]
WantedBy=multi-user.target
RequiredBy=ssh.service
`;

/** The files of a fresh server: nothing of the lab's own keys, only what the customer gave. */
export function serverFiles(base: LabFiles, installation: Installation): LabFiles {
  const own = Object.entries(base).filter(([path]) => !path.startsWith("/etc/ssh/") && !path.startsWith("/root/.ssh/"));
  const { hostname, sshKey, postInstallationScript: script } = installation;
  return {
    ...Object.fromEntries(own),
    "/etc/machine-id": { content: `${randomBytes(16).toString("hex")}\n` },
    ...(hostname ? { "/etc/hostname": { content: `${hostname}\n` } } : {}),
    ...(sshKey ? { "/root/.ssh/authorized_keys": { content: `${sshKey.trim()}\n`, mode: 0o600 } } : {}),
    ...(script === undefined ? {} : { [SCRIPT]: { content: script, mode: 0o700 } }),
    [`/etc/systemd/system/${UNIT}`]: { content: unit() },
  };
}

/** Only this image is at hand; a server of another one cannot be made here. */
const IMAGE = /^debian13|^Debian 13$/;

/** Erases a server and installs it; ends when somebody could log in. */
export async function installServer(host: LabHost, installation: Installation): Promise<void> {
  if (!IMAGE.test(installation.image)) {
    throw new Error(`the lab can install Debian 13 only, not ${installation.image}`);
  }
  const [secrets, apt, mirror] = [await ensureSecrets(), await outerFetchSettings(), await mirrorAddresses()];
  const named = installation.hostname ? { ...host, hostname: installation.hostname } : host;
  const base = hostContents(host, secrets, apt);
  const contents: HostContents = {
    files: serverFiles(base.files, installation),
    // Keys of the server's own, as every Debian makes them; the customer's script may put others in their place.
    setup: `${base.setup}ssh-keygen -A >/dev/null\nsystemctl --quiet enable ${UNIT}\n`,
  };
  await stop(host, "at-once");
  await ensureHostNetwork(host);
  await createDisk(named, contents, { name: mirror.name, address: mirror.addresses[0] ?? "" });
  await bootServer(host);
}

/** Boots an installed server, and remembers its host key for `lab ssh`. */
export async function bootServer(host: LabHost): Promise<void> {
  await ensureHostNetwork(host);
  await boot(host);
  await waitForSsh(host, () => sshAnswers(host));
  refreshMirror(host, await mirrorAddresses());
  await trustAcmeRoots(host);
  writeAtomically(statePath("known_hosts"), allKnownHosts());
}

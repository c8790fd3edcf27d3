/** A host with mail roles at work: their files in a Debian root of its own, real daemons, a network of its own. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Manifest } from "../../provider/manifest";
import { outside } from "./chroot";
import { newFolder } from "./folder";

const NAME = "mail1.example.org";

/** Everything vanishes with the process: mounts, network, daemons. */
const SETUP = `set -e
root=$1 folder=$2
ip link set lo up
mount -t tmpfs none "$folder/mnt"
mkdir "$folder/mnt/upper" "$folder/mnt/work" "$folder/mnt/root"
mount -t overlay overlay -o "lowerdir=$root,upperdir=$folder/mnt/upper,workdir=$folder/mnt/work" "$folder/mnt/root"
cd "$folder/mnt/root"
mount -t proc proc proc
mount --bind /dev dev
cp -r "$folder/files/." .
tls=etc/postfleet/tls/${NAME}
mkdir -p "$tls"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=${NAME} -keyout "$tls/privkey.pem" -out "$tls/fullchain.pem" 2>/dev/null
exec chroot . sh /setup.sh
`;

/**
 * Runs a Python program there, and gives what it prints as JSON on its last line. `test/support/mail_host.py` comes before it.
 * @param files further files by path; those of the manifests are there with their owners and modes
 */
export function onMailHost<T>(manifests: readonly Manifest[], files: Record<string, string>, driver: string): T {
  const folder = newFolder();
  mkdirSync(join(folder, "mnt"));
  const put = (path: string, content: string) => {
    mkdirSync(dirname(join(folder, "files", path)), { recursive: true });
    writeFileSync(join(folder, "files", path), content);
  };
  const owners = ["groupadd -f -g 5000 vmail", "useradd -u 5000 -g 5000 -d /var/vmail -M vmail"];
  for (const manifest of manifests) {
    for (const [path, { mode, owner, group }] of Object.entries(manifest.directories))
      owners.push(`mkdir -p ${path} && chown ${owner}:${group} ${path} && chmod ${mode} ${path}`);
    for (const [path, file] of Object.entries({ ...manifest.files, ...manifest.secretFiles })) {
      put(path, file.content);
      owners.push(`chown ${file.owner}:${file.group} ${path} && chmod ${file.mode} ${path}`);
    }
  }
  for (const [path, content] of Object.entries(files)) put(path, content);
  put("/setup.sh", `set -e\n${owners.join("\n")}\nexec python3 /driver.py\n`);
  put("/driver.py", `${readFileSync(join(__dirname, "mail_host.py"), "utf8")}\n${driver}`);
  const argv = ["-n", "-m", "-p", "-f", "--kill-child", "--propagation", "private", "sh", "-c", SETUP, "sh"];
  const { stdout, stderr, status } = spawnSync("unshare", [...argv, outside("/"), folder], {
    encoding: "utf8",
    timeout: 120_000,
    killSignal: "SIGKILL",
  });
  if (status !== 0) throw new Error(`the host ended with ${status}: ${stdout}${stderr}`);
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as T;
}

/**
 * A Debian root with a network, files and processes of its own: real daemons run in it under their real paths, and all that
 * they leave behind is gone with it. It stands on the root that POSTFLEET_CHROOT names, which stays as it is.
 */
import { spawn } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** In namespaces: the root with the files on top, and loopback with the addresses. Then the program. */
const SETUP = `set -e
folder=$1 root=$2; shift 2
mount -t tmpfs tmpfs "$folder/own"
mkdir "$folder/own/upper" "$folder/own/work" "$folder/own/root"
mount -t overlay overlay -o "lowerdir=$folder/files:$root,upperdir=$folder/own/upper,workdir=$folder/own/work" "$folder/own/root"
cd "$folder/own/root"
mount -t proc proc proc
mount --rbind /dev dev
mount -t tmpfs tmpfs run
ip link set lo up
for address in "$@"; do ip addr add "$address" dev lo nodad 2>/dev/null || ip addr add "$address" dev lo; done
exec env -i PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin PYTHONPATH=/island PYTHONDONTWRITEBYTECODE=1 chroot . python3 -u /island/program.py`;

const UNSHARE = ["--net", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"];

/** What an island has. */
export interface Island {
  /** Addresses of loopback besides 127.0.0.1 and ::1, so that clients may come from them. */
  addresses?: string[];
  /** Files by path; those that begin with `#!` may be executed. */
  files?: Record<string, string>;
  /** Folder with Python modules that the program may import. */
  modules?: string;
  /** Seconds until everything is ended. Default 100. */
  seconds?: number;
}

/** Runs a Python program there; answers what it printed, read as JSON. Whatever else it does is an error with its words. */
export async function onIsland<T>(program: string, island: Island = {}): Promise<T> {
  const { addresses = [], files = {}, modules, seconds = 100 } = island;
  const folder = mkdtempSync(join(tmpdir(), "postfleet-island-"));
  try {
    mkdirSync(join(folder, "own"));
    for (const [path, content] of Object.entries({ ...files, "island/program.py": program })) {
      const file = join(folder, "files", path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      chmodSync(file, content.startsWith("#!") ? 0o755 : 0o644);
    }
    for (const name of modules === undefined ? [] : readdirSync(modules).filter((one) => one.endsWith(".py")))
      copyFileSync(join(modules ?? "", name), join(folder, "files/island", name));
    const said = await run([folder, process.env.POSTFLEET_CHROOT ?? "", ...addresses], seconds);
    if (said.status !== 0) throw new Error(`the program ended with ${said.status}: ${said.err}${said.out}`);
    return JSON.parse(said.out) as T;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(words: string[], seconds: number): Promise<{ status: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn("unshare", [...UNSHARE, "sh", "-c", SETUP, "sh", ...words]);
    const said = { out: "", err: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
    // --kill-child: with unshare everything ends that runs in the namespace.
    const timer = setTimeout(() => child.kill("SIGKILL"), seconds * 1000);
    child.on("error", reject).on("close", (status) => {
      clearTimeout(timer);
      resolve({ status, ...said });
    });
  });
}

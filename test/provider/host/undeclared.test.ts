/** What nobody declared on a host: the program beside this file plants it in a Debian root, and asks the agent's listing. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

jest.setTimeout(300_000);
const DEBIAN = process.env.POSTFLEET_CHROOT;
const able = DEBIAN && process.getuid?.() === 0;

const python = <T>(...words: string[]): T =>
  JSON.parse(
    // With a firewall of its own.
    execFileSync("unshare", ["--net", "python3", join(__dirname, "undeclared.py"), ...words], { encoding: "utf8" }),
  ) as T;

/** Acts on a copy of the Debian root that is gone afterwards. */
function onCopy<T>(act: (root: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), "postfleet-undeclared-"));
  const [root, layer] = [join(directory, "root"), join(directory, "layer")];
  for (const path of [root, layer]) mkdirSync(path);
  // overlayfs wants its upper directory on a file system that is no overlay itself.
  execFileSync("mount", ["-t", "tmpfs", "tmpfs", layer]);
  try {
    for (const part of ["upper", "work"]) mkdirSync(join(layer, part));
    const options = `lowerdir=${DEBIAN},upperdir=${layer}/upper,workdir=${layer}/work`;
    execFileSync("mount", ["-t", "overlay", "overlay", "-o", options, root]);
    try {
      return act(root);
    } finally {
      execFileSync("umount", [root]);
    }
  } finally {
    execFileSync("umount", [layer]);
    rmSync(directory, { recursive: true });
  }
}

(able ? describe : describe.skip)("on a Debian root (needs POSTFLEET_CHROOT, and root to mount a copy of it)", () => {
  test("nothing is named that Debian or a role made, and each of more than 50 kinds that somebody adds is", () => {
    const { before, came, leaked, gone, left } = onCopy((root) =>
      python<{ before: object; came: Record<string, string>; leaked: string[]; gone: string[]; left: string[] }>(root),
    );
    expect(before).toEqual({});
    expect(Object.keys(came).length).toBeGreaterThan(50);
    expect(Object.entries(came).filter(([, end]) => end !== "named")).toEqual([]);
    expect(leaked).toEqual([]);
    // A user that a package of ours left is no stowaway.
    expect(gone).toEqual(["clamav-base"]);
    expect(left).toEqual([]);
  });

  test("it takes less than 0.3 s of the processor, packages' files included that changed their inode", () => {
    const { seconds } = onCopy((root) => {
      mkdirSync(join(root, "var/lib/postfleet"));
      return python<{ seconds: { again: [number, number] } }>(root, "--list");
    });
    expect(seconds.again[0]).toBeLessThan(0.3);
  });
});

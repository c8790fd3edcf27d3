/** Debian packages of the outer machine, with an apt-get of a few lines in PATH. */
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ensurePackages, installPackages, missingPackages } from "../../lab/requirements";
import { silent } from "../../system/progress";
import { newFolder } from "../support/folder";

const PATH = process.env.PATH;
afterEach(() => {
  process.env.PATH = PATH;
});

/** `script` is what apt-get does, its verb in `$1`; answers what it was told. */
function apt(script: string): () => string[] {
  const folder = newFolder({ "apt-get": `#!/bin/sh\ncd "$(dirname "$0")"\necho "$*" >> told\n${script}\n`, told: "" });
  chmodSync(join(folder, "apt-get"), 0o755);
  process.env.PATH = `${folder}:${PATH}`;
  return () => readFileSync(join(folder, "told"), "utf8").trim().split("\n");
}

const INSTALL = "install --yes --quiet --no-install-recommends nftables curl";

test("what is there is not installed again", async () => {
  const told = apt("exit 1");
  await ensurePackages(silent, { sh: "dash", "/etc/passwd": "base-passwd" });
  expect(told()).toEqual([""]);
});

test("a program is looked for where programs are, a path by itself", () => {
  const programs = { nft: "nftables", "/usr/share/x": "x", "/usr/share/y": "x" };
  expect(missingPackages((path) => path === "/usr/sbin/nft", programs)).toEqual(["x"]);
  expect(missingPackages((path) => path.startsWith("/usr/share/"), programs)).toEqual(["nftables"]);
  expect(missingPackages((path) => !path.includes("keyring"))).toEqual(["debian-archive-keyring"]);
});

test("the index is fetched only when an installation fails without it", async () => {
  const fresh = apt('[ "$1" = update ] && touch index; [ -e index ]');
  await installPackages(["nftables", "curl"]);
  expect(fresh()).toEqual([INSTALL, "update --quiet", INSTALL]);
  const usual = apt('[ "$DEBIAN_FRONTEND" = noninteractive ]');
  await installPackages(["nftables", "curl"]);
  expect(usual()).toEqual([INSTALL]);
});

test("an error says what was wanted, apt's words about the index too, and a hint", async () => {
  apt('echo "E: $1" >&2; exit 100');
  await expect(ensurePackages(silent, { "/nowhere": "nftables" })).rejects.toMatchObject({
    message: "Debian's package manager could not install nftables:\n    E: update\n    E: install",
    hint: expect.stringContaining("/etc/apt"),
  });
});

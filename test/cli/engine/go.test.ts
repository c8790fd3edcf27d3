/** A Go toolchain from a proxy: taken only when it is the one that is pinned. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureGo } from "../../../cli/engine/go";
import { GO_TOOLCHAIN_HASHES } from "../../../cli/engine/versions";
import { failureOf } from "../../support/failure";
import { newFolder } from "../../support/folder";

const before = process.env.PATH;
afterEach(() => {
  process.env.PATH = before;
});

/** Puts a Go 1.19 on PATH, whose proxy serves a toolchain with this hash. */
function oldGo(hash: string): string {
  const folder = newFolder({
    "toolchain/bin/go": "",
    "toolchain/pkg/tool/linux_amd64/link": "",
    "toolchain/pkg/tool/linux_arm64/link": "",
  });
  const answer = JSON.stringify({ Dir: join(folder, "toolchain"), Sum: hash }, undefined, 1);
  const text = `#!/bin/sh\nif [ "$1" = version ]; then echo go version go1.19.8 linux/amd64; else cat <<'E'\n${answer}\nE\nfi\n`;
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin", "go"), text);
  chmodSync(join(folder, "bin", "go"), 0o755);
  process.env.PATH = `${join(folder, "bin")}:${before}`;
  return join(folder, "toolchain", "bin", "go");
}

const pinned = GO_TOOLCHAIN_HASHES.amd64 ?? "";
const onAmd64 = process.arch === "x64" ? test : test.skip;

onAmd64("the pinned one is used, another one is refused before anything of it runs", async () => {
  const go = oldGo(pinned);
  expect(await ensureGo()).toBe(go);
  oldGo("h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
  expect((await failureOf(ensureGo())).message).toMatch(/not the one that is pinned: its hash is h1:AAAA/);
});

/** Go, for building the engine: the system's, Debian's, or the toolchain that an old one fetches. */
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../system/errors";
import { consoleProgress } from "../../system/progress";
import { attempt } from "../../system/run";
import { findOnPath, isExecutable } from "./find";
import { atLeast, GO_MINIMUM, GO_TOOLCHAIN, GO_TOOLCHAIN_HASHES } from "./versions";

/** Where Go is put by its own installer, outside PATH more often than not. */
const USUAL_PLACE = "/usr/local/go/bin/go";

function findGo(): string | undefined {
  return findOnPath("go") ?? (isExecutable(USUAL_PLACE) ? USUAL_PLACE : undefined);
}

async function goVersion(go: string): Promise<string> {
  const { stdout } = await attempt([go, "version"], { env: { GOTOOLCHAIN: "local" } });
  return /go(\d+\.\d+(\.\d+)?)/.exec(stdout)?.[1] ?? "";
}

/** What else says what a toolchain must be, where its hash is not known here: nobody's settings turn the database off. */
const BY_DATABASE = { GOSUMDB: "sum.golang.org", GONOSUMDB: "", GOPRIVATE: "", GOINSECURE: "" };

/** A Go that can build the engine. Installs Debian's when there is none. */
export async function ensureGo(): Promise<string> {
  const go = findGo() ?? (await installGo());
  const version = await goVersion(go);
  if (atLeast(version, GO_MINIMUM)) return go;
  if (!version) throw new UserError(`${go} does not run`, "repair it, or remove it and run this again");
  return consoleProgress().step(`Go ${version} is too old for the engine: fetching Go ${GO_TOOLCHAIN}`, () =>
    fetchToolchain(go),
  );
}

async function installGo(): Promise<string> {
  const hint = "install Go 1.21 or newer (Debian: apt-get install golang-go), or pulumi itself, and run this again";
  if (!findOnPath("apt-get")) throw new UserError("Go is missing, and this is not Debian", hint);
  if (process.getuid?.() !== 0) throw new UserError("Go is missing, and only root can install it", hint);
  return consoleProgress().step("installing Debian's Go", async () => {
    const install = ["apt-get", "install", "-y", "--no-install-recommends", "golang-go", "ca-certificates"];
    const options = { timeout: 900, env: { DEBIAN_FRONTEND: "noninteractive" } };
    let result = await attempt(install, options);
    if (result.status !== 0) {
      // A fresh image has no package index, an old one a stale index.
      await attempt(["apt-get", "update"], options);
      result = await attempt(install, options);
    }
    const go = findGo();
    if (go) return go;
    throw new UserError(`Debian's Go could not be installed:\n${result.stderr.trim()}`, hint);
  });
}

/**
 * A newer toolchain through an older Go: since 2023 toolchains are modules, so that any Go can download and verify them
 * (https://go.dev/ref/mod#toolchains); only the execute permissions are left for us to set, as Go itself does.
 */
async function fetchToolchain(go: string): Promise<string> {
  const arch = { x64: "amd64", arm64: "arm64" }[process.arch as string];
  if (!arch) throw new UserError(`no Go toolchain is published for ${process.arch}`, "install Go 1.21 or newer");
  const hash = GO_TOOLCHAIN_HASHES[arch];
  const module = `golang.org/toolchain@v0.0.1-go${GO_TOOLCHAIN}.linux-${arch}`;
  const empty = mkdtempSync(join(tmpdir(), "postfleet-go-"));
  try {
    // An empty directory, so that no go.mod on the way up takes part.
    const result = await attempt(["env", "-C", empty, go, "mod", "download", "-json", module], {
      timeout: 900,
      env: { GO111MODULE: "on", GOFLAGS: "", ...(hash === undefined ? BY_DATABASE : {}) },
    });
    const directory = /"Dir": "([^"]+)"/.exec(result.stdout)?.[1];
    if (result.status !== 0 || !directory || !existsSync(join(directory, "bin/go"))) {
      throw new UserError(
        `Go ${GO_TOOLCHAIN} could not be downloaded as a module:\n${(result.stdout + result.stderr).trim()}`,
        "is the Go module proxy reachable (`go env GOPROXY`)? Or install Go 1.21 or newer",
      );
    }
    const got = /"Sum": "([^"]+)"/.exec(result.stdout)?.[1];
    if (hash !== undefined && got !== hash) {
      throw new UserError(
        `the Go ${GO_TOOLCHAIN} that was downloaded is not the one that is pinned: its hash is ${got ?? "missing"}, not ${hash}`,
        "look at what `go env GOPROXY` serves; nothing of it was run. Or install Go 1.21 or newer",
      );
    }
    const tools = join(directory, "pkg/tool", `linux_${arch}`);
    for (const place of [join(directory, "bin"), tools]) {
      for (const name of readdirSync(place)) chmodSync(join(place, name), 0o555);
    }
    return join(directory, "bin/go");
  } finally {
    rmSync(empty, { recursive: true, force: true });
  }
}

/** Building the engine and its language host from their Go modules, which any Go module proxy serves. */
import { mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../../system/errors";
import { consoleProgress } from "../../system/progress";
import { attempt } from "../../system/run";
import { PROJECT_ROOT } from "../paths";
import { builtDirectory, type Engine, versionOf } from "./find";
import { ensureGo } from "./go";
import { ENGINE_VERSION } from "./versions";

interface Part {
  /** File name of the program. */
  program: string;
  /** Folder below `modules/` whose go.mod and go.sum pin it. */
  module: string;
  /** Go package to build. */
  package: string;
  /** Value for the variable that holds the version. */
  version: string;
  /** What to tell the user. */
  label: string;
}

/** The newest language host that needs no Node.js program next to it and is served as a module of its own. */
const LANGUAGE_VERSION = "3.68.0";

const PARTS: Part[] = [
  {
    program: "pulumi-language-nodejs",
    module: "language",
    package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    version: LANGUAGE_VERSION,
    label: "building Pulumi's language host for Node.js (once)",
  },
  {
    program: "pulumi",
    module: "engine",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    version: ENGINE_VERSION,
    label: `building Pulumi ${ENGINE_VERSION} from its Go modules (once, about 5 minutes on 2 cores)`,
  },
];

/** The arguments of `go` for one part. */
export function goArguments(part: Part, target: string): string[] {
  const versionVariable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
  return [
    "build",
    "-mod=readonly",
    "-buildvcs=false",
    "-trimpath",
    "-ldflags",
    `-s -w -X ${versionVariable}=v${part.version}`,
    "-o",
    join(target, part.program),
    part.package,
  ];
}

/** Time limit of one build in seconds: ten times what it takes on 2 cores. */
const BUILD_TIMEOUT = 3600;

async function buildPart(go: string, part: Part, target: string): Promise<void> {
  const source = join(PROJECT_ROOT, "cli", "engine", "modules", part.module);
  const result = await attempt(["env", "-C", source, go, ...goArguments(part, target)], {
    timeout: BUILD_TIMEOUT,
    // No C compiler is needed, and the flags of somebody else's work do not apply.
    env: { CGO_ENABLED: "0", GOFLAGS: "", GOTOOLCHAIN: "auto", GO111MODULE: "on", GOWORK: "off" },
  });
  if (result.status === 0) return;
  const words = result.stderr.trim().split("\n").slice(-12).join("\n    ");
  throw new UserError(`Pulumi could not be built: \`go build ${part.package}\` said:\n    ${words}`, hintFor(words));
}

function hintFor(words: string): string {
  if (/no space left/i.test(words)) {
    return "building needs about 6 GiB in Go's caches (`go env GOMODCACHE GOCACHE`) and /tmp; make room and run this again";
  }
  if (/dial tcp|no such host|timeout|proxyconnect|x509|connection refused/i.test(words)) {
    return "is the Go module proxy reachable (`go env GOPROXY`)? Or install pulumi yourself and put it on PATH";
  }
  if (/signal: killed|cannot allocate memory/i.test(words)) {
    return "building needs about 3 GiB of memory; or install pulumi yourself and put it on PATH";
  }
  return "install pulumi yourself and put it on PATH, or report this with the lines above";
}

/** Builds both programs into the cache. They appear there together and complete, or not at all. */
export async function buildEngine(cache: string): Promise<Engine> {
  const directory = builtDirectory(cache);
  mkdirSync(dirname(directory), { recursive: true });
  const go = await ensureGo();
  const target = mkdtempSync(join(dirname(directory), "building-"));
  try {
    for (const part of PARTS) await consoleProgress().step(part.label, () => buildPart(go, part, target));
    const version = await versionOf(join(target, "pulumi"));
    if (version !== `v${ENGINE_VERSION}`) {
      throw new UserError(`the engine that was built does not run: \`pulumi version\` said ${version ?? "nothing"}`);
    }
    rmSync(directory, { recursive: true, force: true });
    renameSync(target, directory);
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
  return { pulumi: join(directory, "pulumi"), directory, version: `v${ENGINE_VERSION}`, source: "built" };
}

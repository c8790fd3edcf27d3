/** A Pulumi project of a few lines in a directory of its own, for tests that need the real engine. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PLUGINS, type PluginName } from "../../cli/engine/versions";
import { pluginFile, standInText } from "../../cli/lab/plugins";
import { PROJECT_ROOT } from "../../cli/paths";

/** The engine, when the caller has one: `make test` sets it. */
export const ENGINE = process.env.POSTFLEET_ENGINE;

/** `describe`, or a skipped one that says why. */
export function describeWithEngine(name: string, body: () => void): void {
  if (ENGINE) describe(name, body);
  else describe.skip(`${name} (POSTFLEET_ENGINE, the path of pulumi, is not set)`, body);
}

export interface Outcome {
  status: number;
  stdout: string;
  stderr: string;
}

/** A project with a file backend and the stand-ins as its plugins. */
export class Scratch {
  readonly directory = mkdtempSync(join(tmpdir(), "postfleet-scratch-"));
  private readonly env: NodeJS.ProcessEnv;

  /** `provider`: programs may use the provider of this checkout, as compiled into dist/. */
  constructor({ provider = false } = {}) {
    const home = join(this.directory, "home");
    this.env = {
      ...process.env,
      PATH: `${dirname(ENGINE ?? "")}:${dirname(process.execPath)}:${process.env.PATH}`,
      PULUMI_HOME: home,
      PULUMI_BACKEND_URL: `file://${join(this.directory, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "scratch",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_STACK: "test",
    };
    for (const place of [home, join(this.directory, "state")]) mkdirSync(place);
    symlinkSync(join(PROJECT_ROOT, "node_modules"), join(this.directory, "node_modules"));
    for (const name of Object.keys(PLUGINS) as PluginName[]) {
      const file = pluginFile(home, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, standInText(name));
      chmodSync(file, 0o755);
    }
    const runtime = { name: "nodejs", options: { typescript: false } };
    const plugins = { providers: [{ name: "postfleet", path: join(PROJECT_ROOT, "bin") }] };
    const project = { name: "scratch", runtime, ...(provider ? { plugins } : {}) };
    writeFileSync(join(this.directory, "Pulumi.yaml"), JSON.stringify(project));
    writeFileSync(join(this.directory, "package.json"), JSON.stringify({ name: "scratch", main: "index.js" }));
  }

  /** The program: JavaScript, with `pulumi`, `random` and `command` imported. */
  program(body: string): void {
    const imports = ["pulumi", "random", "command"].map((name) => `const ${name} = require("@pulumi/${name}");`);
    writeFileSync(join(this.directory, "index.js"), [...imports, body].join("\n"));
  }

  /** Starts `pulumi ARGS…` in the project, silently. */
  start(...args: string[]): ChildProcess {
    return spawn(ENGINE ?? "pulumi", args, { cwd: this.directory, env: this.env, stdio: "ignore" });
  }

  /** Runs `pulumi ARGS…` in the project. */
  pulumi(...args: string[]): Promise<Outcome> {
    return new Promise((resolve) => {
      const options = { cwd: this.directory, env: this.env, timeout: 120_000 };
      execFile(ENGINE ?? "pulumi", args, options, (error, stdout, stderr) => {
        resolve({ status: error ? (typeof error.code === "number" ? error.code : 1) : 0, stdout, stderr });
      });
    });
  }

  /** The same, for a command that must succeed. */
  async must(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.pulumi(...args);
    if (status !== 0) throw new Error(`pulumi ${args.join(" ")}: exit status ${status}\n${stdout}\n${stderr}`);
    return stdout;
  }

  async outputs(): Promise<Record<string, unknown>> {
    return JSON.parse(await this.must("stack", "output", "--json", "--show-secrets")) as Record<string, unknown>;
  }

  /** The stack's state as it lies on disk, backups included. */
  stateOnDisk(): string {
    const state = join(this.directory, "state", ".pulumi");
    return readdirSync(state, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
      .join("\n");
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** What is not loaded at every start still works when it is touched. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "@swc/core";

const ROOT = join(__dirname, "..", "..", "..");
const source = readFileSync(join(ROOT, "cli", "engine", "preload.ts"), "utf8");
const { code } = transformSync(source, {
  filename: "preload.ts",
  jsc: { parser: { syntax: "typescript" }, target: "es2022" },
  module: { type: "commonjs" },
});

/** Runs a program, and returns what it printed as JSON. */
function run(program: string, env: Record<string, string> = {}): unknown {
  const out = execFileSync(process.execPath, ["-e", program], {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: "", PULUMI_NODEJS_TYPESCRIPT: "true", POSTFLEET_DEBUG: "", ...env },
    encoding: "utf8",
    timeout: 60_000,
  });
  return JSON.parse(out);
}

/** As {@link run}, after the preload. */
const withPreload = (program: string, env?: Record<string, string>) => run(`${code}\n;(() => {${program}})();`, env);

const LOADED = `const loaded = (name) => Object.keys(require.cache).some((path) => path.includes("/node_modules/" + name + "/"));`;

test("the SDK starts without the compiler, npm's dependency tree and source maps", () => {
  expect(
    withPreload(`${LOADED} require("@pulumi/pulumi"); require("source-map-support/register");
      console.log(JSON.stringify(["typescript", "@npmcli/arborist", "source-map-support"].map(loaded)))`),
  ).toEqual([false, false, false]);
});

test("they are there as soon as somebody touches them, however they are imported", () => {
  expect(
    withPreload(`${LOADED} const ts = require("typescript"); const before = loaded("typescript");
      const { Arborist } = require("@npmcli/arborist");
      console.log(JSON.stringify([before, typeof ts.version, typeof Arborist, typeof new Arborist({ path: "/" }).loadActual]))`),
  ).toEqual([false, "string", "function", "function"]);
});

const TRACING = "@pulumi/pulumi/cmd/run/tracing";

test("tracing loads nothing until it is asked for", () => {
  expect(
    withPreload(`${LOADED} const tracing = require("${TRACING}"); tracing.newSpan("a").end();
      console.log(JSON.stringify(["sdk-trace-base", "sdk-trace-node", "exporter-zipkin"].map((name) => loaded("@opentelemetry/" + name))))`),
  ).toEqual([false, false, false]);
  // The real classes are made then, of which one extends another.
  expect(
    withPreload(`${LOADED} const tracing = require("${TRACING}"); tracing.start("http://127.0.0.1:9/api/v2/spans");
      const span = tracing.newSpan("a"); span.end();
      require("node:fs").writeSync(1, JSON.stringify([loaded("@opentelemetry/sdk-trace-base"), span.spanContext().traceId.length]));
      process.exit();`),
  ).toEqual([true, 32]);
});

test("the automation API is loaded when it is used", () => {
  expect(
    withPreload(`${LOADED} const pulumi = require("@pulumi/pulumi"); const there = () => loaded("@pulumi/pulumi/automation");
      console.log(JSON.stringify([there(), typeof pulumi.automation.LocalWorkspace.create, there()]))`),
  ).toEqual([false, "function", true]);
});

test("the runner attaches no debugger", () => {
  expect(
    withPreload(`const runner = require("node:module").createRequire(require.resolve("@pulumi/pulumi/cmd/run/index.js"));
      const there = () => Object.keys(require.cache).some((path) => path.endsWith("v8Hooks.js"));
      runner("../../runtime/closure/v8Hooks").isInitializedAsync().then(() => console.log(JSON.stringify(there())))`),
  ).toBe(false);
});

test("functions of dynamic providers can still be put into the state", () => {
  expect(
    withPreload(`const pulumi = require("@pulumi/pulumi"); const five = 5;
      pulumi.runtime.serializeFunction(() => five + 1).then((f) => console.log(JSON.stringify(f.text.includes("five"))))`),
  ).toBe(true);
});

test("POSTFLEET_DEBUG brings source maps back", () => {
  expect(
    withPreload(
      `${LOADED} require("source-map-support/register"); console.log(JSON.stringify(loaded("source-map-support")))`,
      {
        POSTFLEET_DEBUG: "1",
      },
    ),
  ).toBe(true);
});

test("an older language host does not make the program be compiled again", () => {
  expect(withPreload("console.log(JSON.stringify(process.env.PULUMI_NODEJS_TYPESCRIPT))")).toBe("false");
});

describe("the installed SDK", () => {
  /** Its runner, up to where it would speak to the engine, and the SDK as a program imports it; then `report`. */
  const runner = (report: string) => `
    const Module = require("node:module"), load = Module._load, requests = [];
    Module._load = (request, parent, isMain) => {
      requests.push([request, parent?.filename ?? ""]);
      const loaded = load(request, parent, isMain);
      if (request !== "./run") return loaded;
      require("@pulumi/pulumi");
      console.log(JSON.stringify(${report}));
      process.exit(0);
    };
    process.argv = [process.argv[0], "run", "--monitor=127.0.0.1:9", "--engine=127.0.0.1:9", "program"];
    require("@pulumi/pulumi/cmd/run/index.js");`;
  const PUT_OFF =
    /^(typescript|@npmcli|source-map-support|@opentelemetry\/(?!api\/)[^/]+)\/|\/automation\/|\/v8Hooks\.js$/;

  test("requests everything that the preload puts off, by the same names", () => {
    const requests = run(runner("requests.filter(([, by]) => /@pulumi.pulumi.(?!node_modules)/.test(by))")) as [
      string,
      string,
    ][];
    const [names, tracing, tracer] = withPreload(`console.log(JSON.stringify(
      [[...exports.SELDOM, exports.RUNNERS_DEBUGGER, exports.FOR_DEBUGGING], exports.TRACING.source, exports.TRACER.source]))`) as [
      string[],
      string,
      string,
    ];
    expect(names.length).toBe(5);
    const requested = new Set(requests.map(([request]) => request));
    expect(names.filter((name) => !requested.has(name))).toEqual([]);
    const ofTracing = requests.filter(
      ([request, by]) => new RegExp(tracing).test(request) && new RegExp(tracer).test(by),
    );
    expect(ofTracing.length).toBeGreaterThan(0);
  });

  test("loads it without the preload, and nothing of it with it", () => {
    const path = `path.replaceAll("\\\\", "/").replace(/^.*\\/node_modules\\//, "")`;
    const loaded = runner(`Object.keys(require.cache).map((path) => ${path}).filter((path) => ${PUT_OFF}.test(path))`);
    expect((run(loaded) as string[]).length).toBeGreaterThan(100);
    expect(withPreload(loaded)).toEqual([]);
  });
});

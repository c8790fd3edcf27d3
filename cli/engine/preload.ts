/**
 * Loaded before every Node.js program of a run by `NODE_OPTIONS` (see cli/env.ts): what Pulumi's SDK loads at each start
 * and this project never uses waits until somebody touches it. A preview of an empty program takes 3.0 s of processor time
 * without it and 1.6 s with it (two cores, Node.js 20, SDK 3.270, medians of five pairs): 1.4 s a run is what it costs to
 * lose it, and nothing else. `POSTFLEET_PRELOAD=off` does without.
 *
 * - The compiler and npm's dependency tree serve programs whose functions become part of the state (dynamic providers).
 *   For the same functions the SDK's runner attaches a debugger, which then hears of each file that is loaded.
 * - The automation API is for programs that drive Pulumi; ours is driven.
 * - Tracing is off unless `--tracing` asks for it.
 * - Source maps are read anew for the stack trace of each resource; `POSTFLEET_DEBUG=1` brings them back.
 * - The program is compiled ahead, as `typescript: false` in Pulumi.yaml says. A language host older than the engine does
 *   not hear of that option and would have every file compiled anew.
 */
import Module = require("node:module");

/** What is loaded when it is used, by the words in which the SDK requests it. */
export const SELDOM: readonly string[] = ["typescript", "@npmcli/arborist", "./automation"];
/** Everything behind the API of tracing, and the one file that takes it apart when it is loaded: `const { … } = require(…)`. */
export const TRACING = /^@opentelemetry\/(?!api$)/;
export const TRACER = /[\\/]cmd[\\/]run[\\/]tracing\.js$/;
/** The SDK's runner asks this only whether the debugger is attached; whoever needs it attaches it. */
export const RUNNERS_DEBUGGER = "../../runtime/closure/v8Hooks";
export const FOR_DEBUGGING = "source-map-support/register";

type Load = (request: string, parent: { filename?: string } | undefined, isMain: boolean) => object;

const loader = Module as unknown as { _load: Load };
const load = loader._load;

/** What can be called and constructed, as anything may be that a proxy stands for. */
function nothing(): void {}

/** Stands for a module, or for a class or function of one, until somebody uses it. It is made once, by `get`. */
function lazy(really: () => object, property: (get: () => object, name: string | symbol) => unknown): object {
  let module: object | undefined;
  const get = () => (module ??= really());
  return new Proxy(nothing, {
    // Said without a look, since compiled code asks every module that it imports.
    get: (_target, name) => (name === "__esModule" ? true : property(get, name)),
    apply: (_target, self, args) => Reflect.apply(get() as () => unknown, self, args),
    construct: (_target, args) => Reflect.construct(get() as new () => object, args),
  });
}

/** A module that is loaded when a property of it is asked for. */
const lazyModule = (really: () => object) => lazy(really, (get, name) => Reflect.get(get(), name));

/** A module that may be taken apart without being loaded: each of its names waits by itself. */
const lazyNames = (really: () => object) =>
  lazy(really, (get, name) => lazyModule(() => Reflect.get(get(), name) as object));

loader._load = (request, parent, isMain) => {
  const really = () => load(request, parent, isMain);
  if (SELDOM.includes(request)) return lazyModule(really);
  if (TRACING.test(request) && TRACER.test(parent?.filename ?? "")) return lazyNames(really);
  if (request === RUNNERS_DEBUGGER) return { isInitializedAsync: async () => {} };
  if (request === FOR_DEBUGGING && !process.env.POSTFLEET_DEBUG) return {};
  return really();
};

process.env.PULUMI_NODEJS_TYPESCRIPT = "false";

/**
 * Loaded before every Node.js program of a run by `NODE_OPTIONS` (see cli/env.ts): what Pulumi's SDK loads at each start
 * and this project never uses waits until somebody touches it. That is half of the time until the program begins.
 *
 * - The compiler and npm's dependency tree serve programs whose functions become part of the state (dynamic providers).
 * - Source maps are read anew for the stack trace of each resource; `POSTFLEET_DEBUG=1` brings them back.
 * - The program is compiled ahead, as `typescript: false` in Pulumi.yaml says. A language host older than the engine does
 *   not hear of that option and would have every file compiled anew.
 */
import Module = require("node:module");

const SELDOM = new Set(["typescript", "@npmcli/arborist"]);
const FOR_DEBUGGING = "source-map-support/register";

type Load = (request: string, parent: unknown, isMain: boolean) => object;

const loader = Module as unknown as { _load: Load };
const load = loader._load;

/** Stands for a module until somebody asks for one of its properties. */
function lazy(really: () => object): object {
  let module: object | undefined;
  const get = () => (module ??= really());
  return new Proxy(() => {}, {
    // Said without a look, since compiled code asks every module that it imports.
    get: (_target, name) => (name === "__esModule" ? true : Reflect.get(get(), name)),
  });
}

loader._load = (request, parent, isMain) => {
  if (SELDOM.has(request)) return lazy(() => load(request, parent, isMain));
  if (request === FOR_DEBUGGING && !process.env.POSTFLEET_DEBUG) return {};
  return load(request, parent, isMain);
};

process.env.PULUMI_NODEJS_TYPESCRIPT = "false";

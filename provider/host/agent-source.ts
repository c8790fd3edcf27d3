/** The agent's program: the Python modules of agent/, sent to a host as one compressed package. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { sourcePath } from "../sources";

/** What to run on a host, and what to write to its stdin first; requests follow. */
export interface AgentProgram {
  command: string;
  package: Buffer;
}

/** Letters of the number that goes before the package. */
export const NONCE_LENGTH = 32;

/** The line with which the agent says that all from here on is its own; the number is that of the caller. */
export const firstLineOf = (nonce: string): string => `postfleet-agent ${nonce}`;

let program: AgentProgram | undefined;

/** The program, read once. On stdin it wants {@link NONCE_LENGTH} letters, then the package. */
export function agentProgram(): AgentProgram {
  program ??= pack(sourcePath("provider/host/agent"));
  return program;
}

function pack(directory: string): AgentProgram {
  const files = readdirSync(directory).filter((name) => name.endsWith(".py"));
  const modules = Object.fromEntries(
    files.map((name) => [`agent.${name.slice(0, -3)}`, readFileSync(join(directory, name), "utf8")]),
  );
  const content = deflateSync(JSON.stringify({ agent: "", ...modules }), { level: 9 });
  const size = NONCE_LENGTH + content.length;
  // Read unbuffered: what follows the package on stdin are requests, and belongs to the agent. The first line has an end of
  // line before it: what a .bashrc printed may have none.
  const loader = [
    "import sys,os,zlib,json",
    "from _frozen_importlib import ModuleSpec",
    's=b""',
    `while len(s)<${size}: s+=os.read(0,${size}-len(s)) or sys.exit(1)`,
    `modules=json.loads(zlib.decompress(s[${NONCE_LENGTH}:]))`,
    `os.write(1,b"\\n${firstLineOf("")}"+s[:${NONCE_LENGTH}]+b"\\n")`,
    "class Package:",
    ' def find_spec(n,path=None,target=None): return ModuleSpec(n,Package,is_package=n=="agent") if n in modules else None',
    " def create_module(spec): return None",
    ' def exec_module(m): exec(compile(modules[m.__name__],m.__name__.replace(".","/")+".py","exec"),m.__dict__)',
    "sys.meta_path.insert(0,Package)",
    "from agent.main import main",
    "main()",
  ].join("\n");
  // -I -S: nothing from the environment, no site packages, a fast start.
  return { command: `python3 -I -S -c '${loader}'`, package: content };
}

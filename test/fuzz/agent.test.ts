/**
 * Fuzzing of the agent: whatever is asked of it, it answers with JSON, lives on, and touches nothing outside of its root.
 *
 * The root is a folder, the programs that an apply runs are stubs there, and root runs it as nobody.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { agentProgram, NONCE_LENGTH } from "../../provider/host/agent-source";
import { claims, observeRequest } from "../../provider/host/requests";
import { demo } from "../provider/host/fake-host";
import { fuzz, kept, seconds, type Target } from "./fuzz";

jest.setTimeout((seconds + 90) * 1000);

const NOBODY = 65534;
const asRoot = process.getuid?.() === 0;
const STUBS = [
  "systemctl",
  "apt-get",
  "dpkg",
  "journalctl",
  "useradd",
  "usermod",
  "groupadd",
  "sysctl",
  "true",
  "false",
  "apt-cache",
];
/** Files beside the root that no request may read into an answer, change or remove. */
const OUTSIDE = { "secret.json": '{"id":"x","secret":"seen-outside"}', "dir/file": "seen-outside" };

let top: string;
let agent: ChildProcessWithoutNullStreams;
let hear: ((line: string | undefined) => void) | undefined;

function makeRoot(): void {
  top = mkdtempSync(join(tmpdir(), "postfleet-fuzz-"));
  for (const place of ["root/bin", "root/etc/demo", "root/var/lib/dpkg", "root/var/lib/postfleet/roles", "dir"])
    mkdirSync(join(top, place), { recursive: true });
  for (const name of STUBS) {
    writeFileSync(join(top, "root/bin", name), `#!/bin/sh\n${name === "false" ? "exit 1\n" : ""}`);
    chmodSync(join(top, "root/bin", name), 0o755);
  }
  writeFileSync(join(top, "root/var/lib/dpkg/status"), "Package: sl\nStatus: install ok installed\nVersion: 5.02-1\n");
  for (const [name, content] of Object.entries(OUTSIDE)) writeFileSync(join(top, name), content);
  symlinkSync(join(top, "dir"), join(top, "root/etc/out"));
  if (asRoot)
    for (const path of [top, ...everything(top)])
      if (!lstatSync(path).isSymbolicLink()) chownSync(path, NOBODY, NOBODY);
}

const everything = (folder: string): string[] =>
  readdirSync(folder, { recursive: true }).map((path) => join(folder, String(path)));

function start(): void {
  const identity = asRoot ? { uid: NOBODY, gid: NOBODY } : {};
  const { command, package: modules } = agentProgram();
  const env = { PATH: process.env.PATH, POSTFLEET_ROOT: join(top, "root"), HOME: top };
  agent = spawn("/bin/sh", ["-c", `exec ${command}`], { env, cwd: "/", ...identity });
  agent.stdin.on("error", () => {});
  agent.stdin.write("n".repeat(NONCE_LENGTH));
  agent.stdin.write(modules);
  let said = "";
  agent.stderr.on("data", (text) => {
    said = (said + text).slice(-1500);
  });
  const started = agent;
  createInterface({ input: agent.stdout }).on("line", (line) => line.startsWith("{") && hear?.(line));
  agent.on(
    "close",
    (code) => started === agent && hear?.(JSON.stringify({ ended: `the agent ended with ${code}: ${said}` })),
  );
}

/** Sends a line, and waits for the answer to it. */
function ask(line: Buffer): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("no answer within 20 s")), 20_000);
    hear = (text) => {
      const answer = JSON.parse(text ?? "") as Record<string, unknown>;
      if ("progress" in answer || "alive" in answer) return;
      clearTimeout(timer);
      resolve(answer);
    };
    agent.stdin.write(Buffer.concat([line, Buffer.from("\n")]));
  });
}

/** Whatever was there beside the root is there, and nothing else. */
function checkOutside(): void {
  const names = readdirSync(top).sort();
  if (names.join() !== "dir,root,secret.json" || readdirSync(join(top, "dir")).join() !== "file")
    throw new Error(`something came or went outside: ${names} ${readdirSync(join(top, "dir"))}`);
  for (const [name, content] of Object.entries(OUTSIDE))
    if (readFileSync(join(top, name), "utf8") !== content) throw new Error(`${name} outside was changed`);
}

beforeAll(() => {
  makeRoot();
  start();
});
afterAll(() => {
  agent.kill("SIGKILL");
  rmSync(top, { recursive: true, force: true });
});

const MANIFEST = demo({
  services: {},
  health: [],
  validate: [{ argv: ["true"], files: [] }] as never,
  prepare: [{ argv: ["true"], onChange: ["/etc/demo/map"] }],
});
const common = { applyId: "7d5e5b2e-0000-4000-8000-000000000000", lockWait: 1, operator: "me@here" };
const requests: object[] = [
  { op: "observe", ...observeRequest(MANIFEST, {}) },
  { op: "observe", ...observeRequest(demo({}, "host"), {}), undeclared: true },
  { op: "apply", manifest: MANIFEST, previous: claims(MANIFEST), ...common },
  { op: "remove", role: "demo", previous: claims(MANIFEST), keep: ["/etc/keep"], ...common },
  { op: "attach", role: "demo", applyId: common.applyId },
  { op: "acknowledge", role: "demo", applyId: "x" },
  { op: "recorded", role: "demo" },
];
/** Nobody may own files, and give them to nobody else. */
const owned = (text: string) =>
  asRoot ? text.replaceAll('"owner":"root","group":"root"', '"owner":"nobody","group":"nogroup"') : text;
const SEEDS = requests.map((request) => Buffer.from(owned(JSON.stringify({ id: 1, ...request }))));
/** From where results are kept to beside the root. */
const UP = "../../../../../";
const WORDS = [
  ...[
    "null",
    "[]",
    "{}",
    "true",
    "0",
    "-1",
    "1e400",
    "NaN",
    '""',
    '"\\ud800"',
    '"\\u0000"',
    '"."',
    '"/"',
    '"//"',
    `"${"a/".repeat(500)}"`,
  ],
  ...["secret", "secret.json", "dir/file", "dir", "new"].flatMap((name) => [
    `"${UP}${name}"`,
    `"/../${name}"`,
    `"/etc/../../${name}"`,
    `"/etc/out/${name}"`,
    `"/etc/demo/../../${UP}${name}"`,
  ]),
  ...["op", "id", "role", "applyId", "manifest", "previous", "keep", "lockWait"].map((key) => `"${key}":`),
  ...["observe", "apply", "remove", "attach", "acknowledge", "recorded", "__class__"].map((op) => `"${op}"`),
  ...[
    '"/etc/demo/map"',
    '"/etc/demo/main.conf"',
    '"/etc/out/file"',
    '"0777"',
    '"root"',
    '"link"',
    '{"content":"c","mode":"0644","owner":"nobody","group":"nogroup"}',
  ],
];

const target: Target = {
  name: "agent",
  seeds: SEEDS,
  words: WORDS,
  async check(input) {
    const line = Buffer.from(input.map((byte) => (byte === 0x0a ? 0x20 : byte)));
    try {
      const answer = await ask(line);
      if ("ended" in answer) throw new Error(String(answer.ended));
      const error = answer.error as { kind?: unknown; message?: unknown } | undefined;
      if (
        !("result" in answer) &&
        !(typeof error?.kind === "string" && typeof error.message === "string" && error.message !== "")
      )
        throw new Error(`neither a result nor an error: ${JSON.stringify(answer).slice(0, 300)}`);
      if (JSON.stringify(answer).includes("seen-outside")) throw new Error("a content from outside was answered");
      if (String(error?.message).includes("Traceback")) throw new Error("a traceback for a message");
      checkOutside();
    } catch (fault) {
      agent.kill("SIGKILL");
      rmSync(top, { recursive: true, force: true });
      makeRoot();
      start();
      throw fault;
    }
  },
};

test("what broke something once", async () => {
  const [, , apply = Buffer.alloc(0)] = SEEDS;
  for (const [, input] of kept(target.name)) {
    await ask(apply); // so that all of the agent's folders are there
    await target.check(input);
  }
});

test("fuzzing", async () => {
  expect(await fuzz(target)).toBeGreaterThan(0);
});

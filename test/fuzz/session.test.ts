/**
 * Fuzzing of what a host says to the provider: any bytes give an answer that has its shape, or an error of that host alone;
 * what has its shape can be compared and told.
 */
import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import type { Client } from "ssh2";
import { AgentRefused, AgentSession, ConnectionLost } from "../../provider/host/agent-session";
import { firstLineOf, NONCE_LENGTH } from "../../provider/host/agent-source";
import { applied, found, noted, observation, removed, WrongShape } from "../../provider/host/answers";
import { fromAgent, HostError } from "../../provider/host/errors";
import type { HostConnection, Manifest, RoleInputs } from "../../provider/manifest";
import { diffRole } from "../../provider/role/diff";
import { explain } from "../../provider/role/explain";
import { drift, earlier, liveInputs, obstacles, unfinished } from "../../provider/role/live";
import { undeclaredNote } from "../../provider/role/undeclared";
import { visible } from "../../system/visible";
import { demo } from "../provider/host/fake-host";
import { fuzz, inLinearTime, kept, seconds, type Target } from "./fuzz";

jest.setTimeout((seconds + 60) * 1000);

const HOST: HostConnection = { name: "mail1", address: "192.0.2.1", port: 22, user: "root", hostKeys: [] };
const WANTED: Manifest = demo({
  packages: { sl: "present" },
  users: { vmail: { home: "/var/vmail", shell: "/usr/sbin/nologin", groups: ["mail"] } },
  directories: { "/etc/demo": { mode: "0755", owner: "root", group: "root" } },
  removed: { "/etc/cron.d/x": "why" },
  sysctl: { "net.ipv4.ip_forward": "0" },
});
const INPUTS: RoleInputs = { ...WANTED, host: HOST } as RoleInputs;
const NONCE = "N".repeat(NONCE_LENGTH);

const FILE = { kind: "file", mode: "0644", owner: "root", group: "root", sha256: "ab", size: 3, content: "x\ny\n" };
const OBSERVED = {
  packages: { sl: "5.02-1" },
  users: { vmail: { uid: 990, home: "/var/vmail", shell: "/usr/sbin/nologin", group: "vmail", groups: ["mail"] } },
  directories: { "/etc/demo": { kind: "directory", mode: "0755", owner: "root", group: "root" } },
  files: { "/etc/demo/main.conf": FILE, "/etc/demo/map": null },
  secretFiles: { "/etc/demo/secret": { kind: "other", why: "a link is in the way" } },
  links: { "/etc/demo/link": { kind: "link", target: "main.conf" } },
  removed: { "/etc/cron.d/x": null },
  sysctl: { "net.ipv4.ip_forward": { value: "1", persisted: null } },
  services: {
    "demo.service": {
      ...{ load: "loaded", enabled: true, masked: false, running: true, failed: false },
      ...{ active: "active", sub: "running", result: "success" },
    },
  },
  creates: {},
  applied: true,
  brokenPackages: [],
  earlier: { id: "1", role: "demo", finished: 5, interrupted: true, files: ["/etc/x"], problems: ["p"] },
  unfinished: ["/etc/x: no room"],
  undeclared: [{ kind: "file", name: "/etc/cron.d/y", detail: "5 bytes" }],
};
const REPORT = {
  ...{
    changed: true,
    packages: { installed: ["sl"], upgraded: [], removed: [], heldBack: [] },
    users: [],
    paths: ["/etc/x"],
  },
  ...{
    sysctl: [],
    services: { "demo.service": "started" },
    warnings: ["w"],
    commands: [["true"]],
    seconds: { files: 1 },
  },
};
const ERROR = {
  kind: "ApplyFailed",
  message: "m",
  details: {
    stage: "units",
    unit: "x",
    output: "o",
    path: "/p",
    rolledBack: true,
    rollbackProblems: ["p"],
    files: ["/f"],
  },
};
const RECORD = {
  role: "demo",
  files: { "/etc/x": { content: "c", mode: "0644", owner: "root", group: "root" } },
  packages: { sl: "present" },
};
const line = (id: number, said: object) => `${JSON.stringify({ id, ...said })}\n`;
const BEGIN = `hello\n${firstLineOf(NONCE)}\n`;
const SEEDS = [
  BEGIN +
    line(1, { progress: { stage: "files", message: "2" } }) +
    line(1, { result: OBSERVED }) +
    line(2, { error: ERROR }),
  BEGIN +
    line(1, { alive: true }) +
    line(2, { result: REPORT }) +
    line(1, { result: { ...OBSERVED, earlier: { ...OBSERVED.earlier, result: REPORT, error: ERROR } } }),
  BEGIN +
    line(2, { result: RECORD }) +
    line(1, { error: { ...ERROR, kind: "ClaimConflict", details: { roles: ["a"], differs: ["d"] } } }),
  BEGIN + line(2, { error: { kind: "HostBusy", message: "m", details: { holder: "h" } } }) + line(1, { result: null }),
].map((text) => Buffer.from(text));
const KINDS = [
  "AgentFailed",
  "HostBusy",
  "NotRecorded",
  "DiskFull",
  "PackageUnavailable",
  "ValidationFailed",
  "RollbackUnfinished",
  "Interrupted",
  "constructor",
];
const WORDS = [
  ...[
    "null",
    "true",
    "[]",
    "{}",
    "[[]]",
    '""',
    "0",
    "-1",
    "1e400",
    '"\\ud800"',
    '"\\u0000"',
    '"__proto__":',
    '"constructor":',
    NONCE,
  ],
  ...KINDS.map((kind) => `"${kind}"`),
  ...["alive", "progress", "result", "error", "earlier", "unfinished", "undeclared", "why", "content"].map(
    (key) => `"${key}":`,
  ),
  ...SEEDS.flatMap((seed) => seed.toString().split("\n").slice(2)),
];

/** A connection on which a host says this. */
class Saying extends EventEmitter {
  constructor(
    private readonly said: Buffer,
    private readonly parts: number,
  ) {
    super();
  }

  exec(_command: string, started: (error: undefined, channel: unknown) => void): void {
    const channel = Object.assign(new PassThrough(), { stderr: new PassThrough() });
    const sent: Buffer[] = [];
    channel.write = ((data: Buffer | string) => {
      sent.push(Buffer.from(data));
      return true;
    }) as typeof channel.write;
    started(undefined, channel);
    setImmediate(() => {
      const nonce = sent[0]?.toString() ?? "";
      const said = Buffer.from(this.said.toString("latin1").replaceAll(NONCE, nonce), "latin1");
      const size = Math.max(1, Math.ceil(said.length / this.parts));
      for (let at = 0; at < said.length; at += size) channel.emit("data", said.subarray(at, at + size));
      channel.emit("exit", 1);
      channel.emit("close");
    });
  }
}

const SHAPES = [applied, found, noted, removed] as ((value: unknown) => unknown)[];

/** What is made of an observation that has its shape. */
function tell(value: unknown): void {
  const seen = observation(value, WANTED);
  const live = liveInputs(INPUTS, seen);
  explain(live, INPUTS, diffRole(live, INPUTS), drift(INPUTS, live));
  const notes = [
    earlier(seen),
    unfinished(seen),
    ...obstacles(INPUTS, seen),
    undeclaredNote(seen.undeclared ?? [], INPUTS),
  ];
  for (const note of notes)
    if (note !== undefined && typeof note !== "string") throw new Error(`a note that is ${typeof note}`);
}

function judge(error: unknown): void {
  const told = error instanceof AgentRefused ? fromAgent(HOST.name, "demo", error.error) : error;
  if (told instanceof ConnectionLost || told instanceof WrongShape) return;
  if (!(told instanceof HostError)) throw error;
  if (told.host !== "mail1" || visible(told.message) !== told.message)
    throw new Error(`not of the host, or acts on a terminal: ${JSON.stringify(told.message)}`);
}

const target: Target = {
  name: "session",
  seeds: SEEDS,
  words: WORDS,
  async check(input) {
    const session = await AgentSession.start(HOST, new Saying(input, 1 + (input.length % 7)) as unknown as Client);
    const answers = await Promise.allSettled([session.ask("observe", {}), session.ask("apply", {})]);
    for (const answer of answers) {
      if (answer.status === "rejected") {
        judge(answer.reason);
        continue;
      }
      for (const shape of [tell, ...SHAPES]) {
        try {
          inLinearTime(input.length, () => shape(answer.value));
        } catch (error) {
          judge(error);
        }
      }
    }
    if ("x" in {} || "packages" in {}) throw new Error("every object has a property of the host's");
  },
};

test("what broke something once", async () => {
  for (const [, input] of kept(target.name)) await target.check(input);
});

test("fuzzing", async () => {
  expect(await fuzz(target)).toBeGreaterThan(0);
});

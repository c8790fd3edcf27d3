import { generateKeyPairSync } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Server, type ServerChannel, utils } from "ssh2";
import { changes, HANDLERS } from "../../lab/standins/command";
import type { ValueMap } from "../../provider/values";
import { newFolder } from "../support/folder";
import { listening } from "../support/loopback";

const lines: string[] = [];
const report = { info: (text: string) => void lines.push(text), warn() {}, progress() {} };
const local = HANDLERS["command:local:Command"];
const remote = HANDLERS["command:remote:Command"];
let directory = "";

beforeEach(() => {
  lines.length = 0;
  directory = newFolder();
});

test("create, update and delete run in turn and see what was written before", async () => {
  const inputs: ValueMap = {
    create: 'printf "%s-%s\\n" "$NAME" "$(cat)"; echo aside >&2',
    update: 'echo "was $PULUMI_COMMAND_STDOUT"',
    delete: 'echo "$PULUMI_COMMAND_STDOUT" > gone',
    stdin: "in",
    environment: { NAME: "env" },
    dir: directory,
  };
  const created = await local.create("urn:x::y::t::cmd", inputs, false, report);
  expect(created.outputs).toMatchObject({ stdout: "env-in", stderr: "aside" });
  expect(lines).toEqual(["env-in", "aside"]);
  const state = { id: created.id, inputs, outputs: created.outputs };
  const updated = await local.update(state, inputs, false, report);
  expect(updated.stdout).toBe("was env-in");
  await local.delete({ ...state, outputs: updated }, report);
  expect(readFileSync(join(directory, "gone"), "utf8")).toBe("was env-in\n");
});

test("a preview runs nothing", async () => {
  await local.create("urn", { create: "touch made", dir: directory }, true, report);
  expect(existsSync(join(directory, "made"))).toBe(false);
});

test("a command that fails is an error with its words; without logging the words stay out of it", async () => {
  const failing = { create: "echo hunter2 >&2; exit 3" };
  await expect(local.create("urn", failing, false, report)).rejects.toThrow(/create command.* 3: hunter2/);
  lines.length = 0;
  const quiet = local.create("urn", { ...failing, logging: "none" }, false, report);
  await expect(quiet).rejects.toThrow(expect.objectContaining({ message: expect.not.stringContaining("hunter2") }));
  expect(lines).toEqual([]);
});

test("triggers are compared one by one", () => {
  expect(changes({ triggers: ["a", "b"] }, { triggers: ["a", "c", "d"] })).toEqual({
    "triggers[1]": "update",
    "triggers[2]": "add",
  });
  expect(changes({ create: "x" }, { create: "x", update: "y" })).toEqual({ update: "add" });
});

/** ssh2 makes a key that it cannot read itself in one of 300 cases: a leading zero is lost. */
function newHostKey(): { public: string; private: string } {
  for (;;) {
    const pair = utils.generateKeyPairSync("ed25519");
    if (!(utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}

describe("over SSH", () => {
  const hostKey = newHostKey();
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  let server: Server;
  let port = 0;

  /** Answers `exec` with the command itself and what came on standard input. */
  function serveCommand(channel: ServerChannel, command: string): void {
    let input = "";
    channel.setEncoding("utf8").on("data", (text: string) => {
      input += text;
    });
    channel.on("end", () => {
      channel.write(`${command}|${input}`);
      channel.exit(command === "fail" ? 7 : 0);
      channel.end();
    });
  }

  beforeAll(async () => {
    server = new Server({ hostKeys: [hostKey.private] }, (client) => {
      client.on("authentication", (context) => (context.method === "publickey" ? context.accept() : context.reject()));
      client.on("ready", () => {
        client.on("session", (accept) => {
          const session = accept();
          session.on("env", (acceptEnv) => acceptEnv?.());
          session.on("exec", (acceptExec, _reject, { command }) => serveCommand(acceptExec(), command));
        });
      });
      client.on("error", () => {});
    });
    port = await listening(server);
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const connection = (hostKeyLine: string): ValueMap => ({
    host: "127.0.0.1",
    port,
    user: "root",
    privateKey,
    hostKey: hostKeyLine,
    dialErrorLimit: 1,
  });

  test("the command runs on the host whose key is pinned", async () => {
    const inputs = { create: "do it", stdin: "text", connection: connection(hostKey.public) };
    const { outputs } = await remote.create("urn", inputs, false, report);
    expect(outputs.stdout).toBe("do it|text");
    expect(remote.secretOutputs).toContain("connection");
  });

  test("another key is refused", async () => {
    const other = newHostKey();
    const inputs = { create: "do it", connection: connection(other.public) };
    await expect(remote.create("urn", inputs, false, report)).rejects.toThrow(/127\.0\.0\.1.*verification/i);
  });

  test("its exit status counts", async () => {
    const inputs = { create: "fail", connection: connection(hostKey.public) };
    await expect(remote.create("urn", inputs, false, report)).rejects.toThrow(/exit status 7/);
  });

  test("without a connection it is refused", () => {
    expect(remote.check("urn", { create: "x" })).toEqual([expect.objectContaining({ property: "connection" })]);
  });
});

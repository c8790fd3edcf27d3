/** In which order `postfleet deploy` asks and acts. The engine and the lab only take down what they are told. */
import { PassThrough } from "node:stream";
import { deploy, type Terminal, terminalOn } from "../../cli/deploy";
import type { Surroundings } from "../../cli/surroundings/types";
import { UserError } from "../../system/errors";
import { keptOutput } from "../support/output";

const printed = keptOutput();

let told: string[] = [];
/** What fails, by its first word. */
let failing = "";
let disposable = false;
/** What the backend calls the only stack that it has. */
let listed = "prod";

const mockEngine = async (args: string[]) => {
  told.push(args.filter((word) => !word.startsWith("/")).join(" "));
  const stdout = args[1] === "ls" ? JSON.stringify([{ name: listed }]) : "{}";
  return { status: args[0] === failing ? 1 : 0, stdout, stderr: "" };
};
const mockMust = async (args: string[]) => {
  const result = await mockEngine(args);
  if (result.status !== 0) throw new UserError(`${args[0]} failed`);
  return result;
};
const mockSurroundings = (): Surroundings => ({
  disposable,
  variables: () => ({}),
  prepare: async () => {},
  network: async () => undefined,
  async beforeUp() {
    told.push("hosts");
  },
  async afterUp(outputs) {
    await outputs();
    told.push("proof");
  },
});

jest.mock("../../cli/stacks", () => ({ namedStack: (stack: string) => stack }));
jest.mock("../../cli/pulumi", () => ({
  runPulumi: (args: string[]) => mockEngine(args),
  mustPulumi: (args: string[]) => mockMust(args),
}));
jest.mock("../../cli/surroundings", () => ({ surroundingsOf: () => mockSurroundings() }));

const terminal = (answer: string): Terminal => ({
  interactive: true,
  async ask() {
    told.push("question");
    return answer;
  },
});
const nobody: Terminal = { interactive: false, ask: () => Promise.reject(new Error("nobody is there to be asked")) };

beforeEach(() => {
  [told, failing, disposable, listed] = [[], "", false, "prod"];
});

const LS = "stack ls --json";
const PREVIEW = "preview --diff --policy-pack";
const UP = "up --yes --skip-preview --policy-pack";
const OUTPUTS = "stack output --json --show-secrets";

test("a yes applies what was shown", async () => {
  await deploy("prod", false, terminal("y"));
  expect(told).toEqual(["hosts", LS, PREVIEW, "question", UP, OUTPUTS, "proof"]);
});

test("anything else changes nothing", async () => {
  await deploy("prod", false, terminal(""));
  expect(told).toEqual(["hosts", LS, PREVIEW, "question"]);
});

test("--yes is not asked, but what the policies refuse is refused before anything changes", async () => {
  await deploy("prod", true, nobody);
  expect(told).toEqual(["hosts", LS, PREVIEW, UP, OUTPUTS, "proof"]);
  [told, failing] = [[], "preview"];
  await expect(deploy("prod", true, nobody)).rejects.toThrow("preview failed");
  expect(told).toEqual(["hosts", LS, PREVIEW]);
});

test("where nobody can consent nothing is begun", async () => {
  await expect(deploy("prod", false, nobody)).rejects.toThrow("needs consent");
  expect(told).toEqual([]);
});

test("a disposable stack is brought up at once", async () => {
  disposable = true;
  await deploy("prod", false, nobody);
  expect(told).toEqual(["hosts", LS, UP, OUTPUTS, "proof"]);
});

test("an update that fails proves nothing", async () => {
  failing = "up";
  await expect(deploy("prod", true, nobody)).rejects.toThrow("did not reach its end");
  expect(told.at(-1)).toBe(UP);
});

test.each([
  ["prod", "owner/prod"],
  ["prod", "owner/postfleet/prod"],
  ["owner/prod", "prod"],
  ["owner/prod", "owner/postfleet/prod"],
  ["owner/postfleet/prod", "owner/postfleet/prod"],
])("the stack that the backend calls %s is there as %s", async (name, named) => {
  listed = name;
  await deploy(named, true, nobody);
  expect(told).toEqual(["hosts", LS, PREVIEW, UP, OUTPUTS, "proof"]);
});

test.each([
  ["other/prod", "owner/prod"],
  ["owner/other/prod", "owner/postfleet/prod"],
  ["owner/postfleet/production", "owner/postfleet/prod"],
])("the stack that the backend calls %s is not %s, and none is made", async (name, named) => {
  listed = name;
  await expect(deploy(named, true, nobody)).rejects.toThrow(`there is no stack "${named}"`);
  expect(told).toEqual(["hosts", LS]);
});

test("nor changes the end of input anything", async () => {
  const ended = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  const asking = deploy("prod", false, terminalOn(ended, Object.assign(new PassThrough(), { isTTY: true })));
  ended.end();
  await asking;
  expect(told).toEqual(["hosts", LS, PREVIEW]);
  expect(printed.out).toContain("Nothing was changed.");
});

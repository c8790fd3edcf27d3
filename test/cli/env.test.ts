import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../../cli/engine/find";
import { requirePassphrase, stackVariables } from "../../cli/env";
import { shellQuote } from "../../quote/programs";
import { newFolder } from "../support/folder";

const engine: Engine = { pulumi: "/e/pulumi", directory: "/e", version: "v3.259.0", source: "built" };
let root = "";
const places = () => ({ root, labState: join(root, ".lab"), cache: join(root, "cache") });

beforeEach(() => {
  root = newFolder();
  mkdirSync(join(root, "stacks"));
});

test("the lab has its own backend, plugins and passphrase, made once", () => {
  const variables = stackVariables("lab", engine, { PATH: "/bin" }, places());
  expect(variables.PATH).toMatch(/^\/e:.*:\/bin$/);
  expect(variables).toMatchObject({
    PULUMI_STACK: "lab",
    PULUMI_BACKEND_URL: `file://${root}/.lab/state`,
    PULUMI_HOME: `${root}/cache/pulumi-home`,
  });
  const file = variables.PULUMI_CONFIG_PASSPHRASE_FILE ?? "";
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const passphrase = readFileSync(file, "utf8");
  expect(passphrase.trim().length).toBeGreaterThanOrEqual(32);
  stackVariables("lab", engine, { PATH: "/bin" }, places());
  expect(readFileSync(file, "utf8")).toBe(passphrase);
});

test("the lab's engine keeps no diary; an operator's own home is left alone", () => {
  const diary = join(root, "cache", "pulumi-home", "logs");
  mkdirSync(diary, { recursive: true });
  writeFileSync(join(diary, "pulumi-1.log"), "every value of a run");
  stackVariables("lab", engine, { PATH: "/bin" }, places());
  expect(statSync(diary).isFile()).toBe(true);
  const own = join(root, "h", "logs");
  mkdirSync(own, { recursive: true });
  stackVariables("lab", engine, { PATH: "/bin", PULUMI_HOME: join(root, "h") }, places());
  expect(statSync(own).isDirectory()).toBe(true);
});

test("what the operator has set wins", () => {
  const env = {
    PATH: "/bin",
    PULUMI_BACKEND_URL: "s3://b",
    PULUMI_HOME: join(root, "h"),
    PULUMI_CONFIG_PASSPHRASE: "",
  };
  const variables = stackVariables("lab", engine, env, places());
  expect(variables.PULUMI_BACKEND_URL).toBe("s3://b");
  expect(variables.PULUMI_HOME).toBe(env.PULUMI_HOME);
  expect(variables).not.toHaveProperty("PULUMI_CONFIG_PASSPHRASE_FILE");
});

test("any other stack is the operator's: no backend, home or passphrase of ours", () => {
  const variables = stackVariables("production", engine, { PATH: "/bin" }, places());
  for (const name of ["PULUMI_BACKEND_URL", "PULUMI_HOME", "PULUMI_CONFIG_PASSPHRASE_FILE", "POSTFLEET_SSH_KEY_FILE"]) {
    expect(variables).not.toHaveProperty(name);
  }
});

describe("the preload", () => {
  const options = (env: NodeJS.ProcessEnv) => stackVariables("production", engine, env, places()).NODE_OPTIONS;
  const preload = () => `--require "${root}/dist/cli/engine/preload.js"`;

  test("is added to the operator's own options, once", () => {
    expect(options({})).toBe(preload());
    expect(options({ NODE_OPTIONS: "--no-warnings" })).toBe(`--no-warnings ${preload()}`);
    expect(options({ NODE_OPTIONS: `--no-warnings ${preload()}` })).toBe(`--no-warnings ${preload()}`);
  });

  test("can be turned off, also where the shell has it already", () => {
    const off = { POSTFLEET_PRELOAD: "off" };
    expect(options(off)).toBe("");
    expect(options({ ...off, NODE_OPTIONS: "--no-warnings" })).toBe("--no-warnings");
    expect(options({ ...off, NODE_OPTIONS: `--no-warnings ${preload()}` })).toBe("--no-warnings");
  });
});

describe("a missing passphrase", () => {
  const settings = (text: string) => writeFileSync(join(root, "stacks", "Pulumi.prod.yaml"), text);

  test("is an error that says where it belongs", () => {
    settings("encryptionsalt: v1:abc\n");
    expect(() => requirePassphrase("prod", {}, root)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('missing passphrase: the secrets of the stack "prod"'),
        hint: expect.stringMatching(/PULUMI_CONFIG_PASSPHRASE_FILE.*never belongs into stacks\/prod\.yaml/),
      }),
    );
  });

  test("is none where there is one, or where another provider keeps the secrets, or where nothing is encrypted", () => {
    settings("encryptionsalt: v1:abc\n");
    expect(() => requirePassphrase("prod", { PULUMI_CONFIG_PASSPHRASE: "" }, root)).not.toThrow();
    settings("secretsprovider: awskms://x\nencryptedkey: y\n");
    expect(() => requirePassphrase("prod", {}, root)).not.toThrow();
    settings("config: {}\n");
    expect(() => requirePassphrase("prod", {}, root)).not.toThrow();
  });

  test("a file that does not exist is named", () => {
    const file = join(root, "nowhere");
    expect(() => requirePassphrase("prod", { PULUMI_CONFIG_PASSPHRASE_FILE: file }, root)).toThrow(file);
  });
});

test("values survive the shell", () => {
  const value = 'it\'s $HOME `x` "y"';
  expect(execFileSync("sh", ["-c", `printf %s ${shellQuote(value)}`], { encoding: "utf8" })).toBe(value);
});

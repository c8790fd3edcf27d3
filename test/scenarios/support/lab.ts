/** The lab as a scenario sees it: hosts to run commands on, and the engine. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(__dirname, "../../..");
/** The command. */
export const POSTFLEET = join(ROOT, "bin/postfleet");

/** What a command did. */
export interface Outcome {
  status: number;
  stdout: string;
  stderr: string;
  /** Both, in no particular order. */
  output: string;
}

/** `postfleet lab status --json`. */
export interface LabStatus {
  hosts: { name: string; ipv4: string; ipv6: string; roles: string[] }[];
  resolver: { ipv4: string; ipv6: string };
  sshKeyFile: string;
  knownHostsFile: string;
  acme: { directory: string; caFile: string; rootFile: string };
  probeAccounts: { address: string; password: string }[];
}

let status: LabStatus | undefined;

/** The lab's facts, asked once a test file. */
export async function lab(): Promise<LabStatus> {
  status ??= JSON.parse((await command(POSTFLEET, ["lab", "status", "--json"])).stdout) as LabStatus;
  return status;
}

/** Runs a program to its end, within `timeout` seconds; its standard input is `input` or nothing. */
export async function command(
  program: string,
  args: string[],
  options: { input?: string; timeout?: number } = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: ROOT,
      stdio: ["pipe", "pipe", "pipe"],
      timeout: (options.timeout ?? 120) * 1000,
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.stdin.on("error", () => {}); // a program may end without reading its input
    child.stdin.end(options.input ?? "");
    child.on("error", reject);
    child.on("close", (code) => resolve({ status: code ?? 128, stdout, stderr, output: `${stdout}${stderr}` }));
  });
}

/** Runs a shell command on a host as root. */
export async function on(
  host: string,
  script: string,
  options: { input?: string; timeout?: number } = {},
): Promise<Outcome> {
  const { hosts, sshKeyFile, knownHostsFile } = await lab();
  const address = hosts.find(({ name }) => name === host)?.ipv4;
  if (!address) throw new Error(`the lab has no host ${host}`);
  const ssh = [
    "-i",
    sshKeyFile,
    "-o",
    `UserKnownHostsFile=${knownHostsFile}`,
    "-o",
    "BatchMode=yes",
    "-o",
    "ConnectTimeout=10",
  ];
  return command("ssh", [...ssh, `root@${address}`, script], options);
}

/** The same, for commands that must succeed; gives their standard output. */
export async function ok(
  host: string,
  script: string,
  options: { input?: string; timeout?: number } = {},
): Promise<string> {
  const outcome = await on(host, script, options);
  if (outcome.status !== 0) throw new Error(`${host}: ${script}\nexit status ${outcome.status}\n${outcome.output}`);
  return outcome.stdout;
}

/** Runs pulumi on the lab's stack. */
export async function pulumi(args: string[], timeout = 600): Promise<Outcome> {
  return command(POSTFLEET, ["pulumi", "--", ...args, "--stack", "lab", "--non-interactive", "--color", "never"], {
    timeout,
  });
}

/** Passwords of the site's accounts, from the stack's outputs. */
export async function passwords(): Promise<Record<string, string>> {
  const { stdout } = await pulumi(["stack", "output", "accounts", "--json", "--show-secrets"]);
  return JSON.parse(stdout) as Record<string, string>;
}

/** The stack's state file, as it lies on the disk. */
export async function stateText(): Promise<string> {
  const { stdout } = await pulumi(["stack", "export"]);
  return stdout;
}

/** PEM of the CA behind the site's certificates. */
export async function acmeRoot(): Promise<string> {
  return readFileSync((await lab()).acme.rootFile, "utf8");
}

/** Waits until `probe` gives a value, asking every half second for at most `seconds`; then fails with `what`. */
export async function eventually<T>(what: string, seconds: number, probe: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

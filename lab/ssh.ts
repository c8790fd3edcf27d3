/** SSH to the lab's hosts: the operator's key, pinned host keys, none of the user's own SSH configuration. */
import { spawn } from "node:child_process";
import { connect } from "node:net";
import { attempt, type RunOptions, type RunResult, run } from "../system/run";
import { operatorKey } from "./keys";
import { ipv4, type LabHost } from "./plan";
import { statePath } from "./state";

/** Arguments of ssh(1) for a host. */
export function sshArguments(host: LabHost, command: string[] = []): string[] {
  return [
    "ssh",
    "-F",
    "none",
    "-i",
    operatorKey(),
    ...["IdentitiesOnly=yes", "StrictHostKeyChecking=yes", `UserKnownHostsFile=${statePath("known_hosts")}`]
      .concat(["ConnectTimeout=10", "LogLevel=ERROR"])
      .flatMap((option) => ["-o", option]),
    `root@${ipv4(host.number)}`,
    ...command,
  ];
}

/** Runs a command line on a host by its shell; an error when it fails. */
export const onHost = (host: LabHost, command: string, options: RunOptions = {}): Promise<string> =>
  run([...sshArguments(host), command], options);

/** The same, returning how it ended. */
export const tryOnHost = (host: LabHost, command: string, options: RunOptions = {}): Promise<RunResult> =>
  attempt([...sshArguments(host), command], options);

/** A session in the user's terminal; resolves to its exit status. */
export function session(host: LabHost, command: string[]): Promise<number> {
  const [program = "", ...args] = sshArguments(host, command);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit" });
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 255));
  });
}

/** First bytes that a TCP server sends within a second; undefined when it does not answer. */
export function greeting(address: string, port: number, seconds = 1): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const end = (text?: string) => {
      socket.destroy();
      resolve(text);
    };
    socket.setTimeout(seconds * 1000, () => end());
    socket.on("error", () => end());
    socket.on("close", () => end());
    socket.on("data", (data) => end(data.toString("latin1")));
  });
}

export const sshAnswers = async (host: LabHost): Promise<boolean> =>
  (await greeting(ipv4(host.number), 22))?.startsWith("SSH-2.0") ?? false;

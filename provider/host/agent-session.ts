/** The agent's process on a host: started over SSH with its source on stdin, then asked in JSON lines. */
import type { Client, ClientChannel } from "ssh2";
import type { HostConnection } from "../manifest";
import { agentProgram } from "./agent-source";
import { whenGone } from "./connection";
import { AgentFailed } from "./errors";
import type { AgentError, Progress } from "./types";

/** The connection ended while a request was open. */
export class ConnectionLost extends Error {}

/** The agent's own word for a failure; becomes a typed error where host and role are known. */
export class AgentRefused extends Error {
  constructor(readonly error: AgentError) {
    super(error.message);
  }
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
  onProgress: ((progress: Progress) => void) | undefined;
}

interface Answer {
  id: number;
  result?: unknown;
  error?: AgentError;
  progress?: Progress;
}

/** One agent process. Requests run side by side, answers come in any order. */
export class AgentSession {
  private readonly pending = new Map<number, Pending>();
  private readonly endings: (() => void)[] = [];
  private last = 0;
  private rest = "";
  private said = "";
  private over: Error | undefined;

  private constructor(
    private readonly host: HostConnection,
    connection: Client,
    private readonly channel: ClientChannel,
  ) {
    channel.setEncoding("utf8");
    channel.on("data", (text: string) => this.read(text));
    channel.stderr.setEncoding("utf8");
    channel.stderr.on("data", (text: string) => {
      this.said = (this.said + text).slice(-2000);
    });
    let code: number | null = null;
    channel.on("exit", (status: number | null) => {
      code = status;
    });
    channel.on("close", () => this.end(this.reason(code)));
    channel.on("error", () => {});
    whenGone(connection, () => this.end(new ConnectionLost("the SSH connection was lost")));
  }

  /** Starts the agent, as root. */
  static start(host: HostConnection, connection: Client): Promise<AgentSession> {
    const agent = agentProgram();
    const command = host.user === "root" ? agent.command : `sudo -n ${agent.command}`;
    return new Promise((resolve, reject) => {
      connection.exec(command, (error, channel) => {
        if (error)
          return reject(new AgentFailed(host.name, error.message, "check sshd's MaxSessions and ForceCommand"));
        channel.write(agent.package);
        resolve(new AgentSession(host, connection, channel));
      });
    });
  }

  /** Calls back once when no more requests can be sent. */
  onEnd(callback: () => void): void {
    if (this.over) callback();
    else this.endings.push(callback);
  }

  /** Sends a request; rejects with {@link AgentRefused}, {@link ConnectionLost} or {@link AgentFailed}. */
  ask<T>(op: string, request: object, onProgress?: (progress: Progress) => void): Promise<T> {
    if (this.over) return Promise.reject(this.over);
    const id = ++this.last;
    const answer = new Promise<unknown>((resolve, reject) => this.pending.set(id, { resolve, reject, onProgress }));
    this.channel.write(`${JSON.stringify({ ...request, id, op })}\n`);
    return answer as Promise<T>;
  }

  /** Ends the process; what it detached goes on. */
  close(): void {
    this.channel.end();
  }

  private read(text: string): void {
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.take(JSON.parse(line) as Answer);
  }

  private take(answer: Answer): void {
    const pending = this.pending.get(answer.id);
    if (!pending) return;
    if (answer.progress) {
      pending.onProgress?.(answer.progress);
      return;
    }
    this.pending.delete(answer.id);
    if (answer.error) pending.reject(new AgentRefused(answer.error));
    else pending.resolve(answer.result);
  }

  private end(error: Error): void {
    if (this.over) return;
    this.over = error;
    for (const callback of this.endings) callback();
    for (const { reject } of this.pending.values()) reject(this.over);
    this.pending.clear();
  }

  /** Why the process ended: sudo and a missing python3 say so on stderr. */
  private reason(code: number | null): Error {
    if (code === null || code === 0) return new ConnectionLost("the agent's connection was closed");
    const hint = /sudo:/.test(this.said)
      ? `let user ${this.host.user} run \`sudo -n python3\` without a password, or log in as root`
      : /not found|No such file/.test(this.said)
        ? "install Debian's python3-minimal on the host"
        : "this is a defect of Postfleet: report it with this message";
    return new AgentFailed(this.host.name, `the agent ended with exit code ${code}: ${this.said.trim()}`, hint);
  }
}

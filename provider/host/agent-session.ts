/** The agent's process on a host: started over SSH with its source on stdin, then asked in JSON lines. */
import { randomBytes } from "node:crypto";
import type { Client, ClientChannel } from "ssh2";
import type { HostConnection } from "../manifest";
import { agentProgram, firstLineOf, NONCE_LENGTH } from "./agent-source";
import { whenGone } from "./connection";
import { AgentFailed, AgentGarbled } from "./errors";
import { early, ended, garbled, silent } from "./failures";
import { LIMITS, type Limits, Watch } from "./limits";
import { Banner, Lines, LONGEST_LINE } from "./lines";
import type { AgentError, Progress } from "./types";
import { type Answer, answerOf, quoted } from "./wire";

/** The SSH connection ended while a request was open. */
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
  timer: NodeJS.Timeout;
}

/** A lost connection ends its channels first: milliseconds to wait for the word that it was the connection. */
const LOSS_IS_TOLD = 200;

/** One agent process. Requests run side by side, answers come in any order. */
export class AgentSession {
  private readonly pending = new Map<number, Pending>();
  /** Requests that were given up; their answers may come yet. */
  private readonly abandoned = new Set<number>();
  private readonly endings: (() => void)[] = [];
  private readonly banner: Banner;
  private readonly lines = new Lines(LONGEST_LINE);
  private readonly watch: Watch;
  private last = 0;
  private started = false;
  private said = "";
  private over: Error | undefined;

  private constructor(
    private readonly host: HostConnection,
    connection: Client,
    private readonly channel: ClientChannel,
    nonce: string,
    private readonly limits: Limits,
  ) {
    this.banner = new Banner(firstLineOf(nonce));
    channel.on("data", (chunk: Buffer) => this.guarded(() => this.read(chunk)));
    channel.stderr.setEncoding("utf8");
    channel.stderr.on("data", (text: string) => {
      this.said = (this.said + text).slice(-2000);
    });
    let exit: { code: number | null; signal?: string } | undefined;
    channel.on("exit", (code: number | null, signal?: string) => {
      exit = { code, signal };
    });
    channel.on("close", () => {
      const failure = ended(this.host, exit, this.started, this.said, this.banner.said());
      if (exit?.code) this.end(failure);
      else setTimeout(() => this.end(failure), LOSS_IS_TOLD);
    });
    channel.on("error", () => {});
    whenGone(connection, () => this.end(new ConnectionLost("the SSH connection was lost")));
    this.watch = new Watch(limits.start, () =>
      this.end(
        this.started
          ? silent(host, `nothing was heard of it for ${limits.silence} s`)
          : early(host, limits.start, this.banner.said()),
      ),
    );
  }

  /** Starts the agent, as root. */
  static start(host: HostConnection, connection: Client, limits: Limits = LIMITS): Promise<AgentSession> {
    const agent = agentProgram();
    const command = host.user === "root" ? agent.command : `sudo -n ${agent.command}`;
    const nonce = randomBytes(NONCE_LENGTH / 2).toString("hex");
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(early(host, limits.start, "")), limits.start * 1000);
      whenGone(connection, () => reject(new ConnectionLost("the SSH connection was lost")));
      connection.exec(command, (error, channel) => {
        clearTimeout(timer);
        if (error)
          return reject(new AgentFailed(host.name, error.message, "check sshd's MaxSessions and ForceCommand"));
        channel.write(nonce);
        channel.write(agent.package);
        resolve(new AgentSession(host, connection, channel, nonce, limits));
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
    const seconds = this.limits.total[op] ?? this.limits.silence;
    const answer = new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.pending.delete(id);
        this.abandoned.add(id);
        reject(silent(this.host, `${op} had no answer within ${seconds} s`));
      }, seconds * 1000);
      this.pending.set(id, { resolve, reject, onProgress, timer });
    });
    this.watch.begin();
    this.channel.write(`${JSON.stringify({ ...request, id, op })}\n`);
    return answer as Promise<T>;
  }

  /** Ends the process; what it detached goes on. */
  close(): void {
    this.watch.end();
    this.channel.end();
  }

  /** What goes wrong here is the end of this session, and of nothing else. */
  private guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.end(error instanceof AgentGarbled ? error : garbled(this.host, (error as Error).message));
    }
  }

  private read(chunk: Buffer): void {
    if (this.over) return;
    let rest: Buffer = chunk;
    if (!this.started) {
      const after = this.banner.add(chunk);
      if (after === undefined) return;
      if (after === "too much")
        throw garbled(this.host, `more than 64 KiB came before it started: ${quoted(this.banner.said())}`);
      this.started = true;
      this.watch.limit(this.limits.silence);
      if (this.pending.size > 0) this.watch.begin();
      rest = after;
    }
    const lines = this.lines.add(rest);
    if (!lines) throw garbled(this.host, `a line is longer than 64 MiB: ${quoted(this.lines.start())}`);
    for (const line of lines) this.take(answerOf(line), line);
  }

  private take(answer: Answer, line: string): void {
    const pending = this.pending.get(answer.id);
    if (!pending && this.abandoned.has(answer.id)) return;
    if (!pending) throw garbled(this.host, `an answer to no open request, id ${answer.id}: ${quoted(line)}`);
    this.watch.heard();
    if (answer.kind === "alive") return;
    if (answer.kind === "progress") {
      pending.onProgress?.(answer.progress);
      return;
    }
    this.pending.delete(answer.id);
    clearTimeout(pending.timer);
    if (this.pending.size === 0) this.watch.end();
    if (answer.kind === "error") pending.reject(new AgentRefused(answer.error));
    else pending.resolve(answer.result);
  }

  private end(error: Error): void {
    if (this.over) return;
    this.over = error;
    this.watch.end();
    // Nothing more is read: what a host goes on to send stays in the window of its channel.
    this.channel.pause();
    this.channel.stderr.pause();
    this.channel.destroy();
    for (const callback of this.endings) callback();
    for (const { reject, timer } of this.pending.values()) {
      clearTimeout(timer);
      reject(this.over);
    }
    this.pending.clear();
  }
}

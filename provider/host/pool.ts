/** All hosts of one run: one SSH connection and one agent a host, shared by its roles. */
import { randomUUID } from "node:crypto";
import { hostname, userInfo } from "node:os";
import type { HostConnection, Manifest } from "../manifest";
import { AgentRefused, AgentSession, ConnectionLost } from "./agent-session";
import { type Connection, connect, type SshIdentity } from "./connection";
import { fromAgent, type HostError, HostUnreachable } from "./errors";
import { claims, observeRequest } from "./requests";
import type { ApplyReport, ApplyResult, EarlierApply, KnownHashes, Observation, Progress, RemoveResult } from "./types";

/** Settings of a {@link HostPool}; the defaults suit an interactive run. */
export interface HostPoolOptions {
  /** Told of connections made and lost, and of anything else worth a line. Never secrets. */
  log?: (host: string, message: string) => void;
  /** Seconds to wait for another change on the same host. Default 300. */
  lockWait?: number;
  /** Seconds to try to get a lost connection back while an apply goes on. Default 120. */
  reconnect?: number;
  /** Seconds during which a host that did not answer is not tried again. Default 30. */
  unreachable?: number;
}

/** Observes and changes hosts. Hosts run in parallel; on one host applies follow each other, observations do not wait. */
export class HostPool {
  private readonly sessions = new Map<string, Promise<AgentSession>>();
  private readonly failures = new Map<string, { error: Error; until: number }>();
  private readonly operator = `${userInfo().username}@${hostname()}`;
  private closed = false;

  constructor(
    private readonly identity: SshIdentity,
    private readonly options: HostPoolOptions = {},
  ) {}

  /**
   * Live facts of exactly what the manifest names. A running apply of the same role is waited for; one that was
   * interrupted is rolled back first (see {@link Observation.earlier}).
   */
  async observe(host: HostConnection, manifest: Manifest, known: KnownHashes): Promise<Observation> {
    const seen = await this.ask<Observation>(host, manifest.role, "observe", observeRequest(manifest, known), 2);
    if (seen.earlier) await this.acknowledge(host, manifest.role, seen.earlier.id);
    return seen;
  }

  /** Brings the host to the wanted manifest in one transaction. It ends or rolls back even when the connection is lost. */
  async apply(
    host: HostConnection,
    wanted: Manifest,
    previous: Manifest | undefined,
    onProgress?: (progress: Progress) => void,
  ): Promise<ApplyResult> {
    const applyId = randomUUID();
    const request = { manifest: wanted, previous: claims(previous), ...this.common(applyId) };
    try {
      const report = await this.ask<ApplyReport>(host, wanted.role, "apply", request, 1, onProgress);
      await this.acknowledge(host, wanted.role, applyId);
      return { ...report, reconnected: false };
    } catch (error) {
      if (!(error instanceof ConnectionLost)) {
        await this.acknowledge(host, wanted.role, applyId);
        throw error;
      }
      onProgress?.({ stage: "wait", message: "the connection was lost; the apply goes on, connecting again" });
      return await this.outcome(host, wanted.role, applyId);
    }
  }

  /** Takes the role off the host. What the agent recorded at the last apply counts; the manifest only where it has no record. */
  async remove(
    host: HostConnection,
    manifest: Manifest,
    onProgress?: (progress: Progress) => void,
  ): Promise<RemoveResult> {
    const request = {
      role: manifest.role,
      keep: manifest.keep,
      previous: claims(manifest),
      ...this.common(randomUUID()),
    };
    return await this.ask<RemoveResult>(host, manifest.role, "remove", request, 2, onProgress);
  }

  /** Ends all connections; applies that run on the hosts go on to their end. */
  async close(): Promise<void> {
    this.closed = true;
    const sessions = await Promise.allSettled(this.sessions.values());
    this.sessions.clear();
    for (const session of sessions) if (session.status === "fulfilled") session.value.close();
  }

  private common(applyId: string): object {
    return { applyId, operator: this.operator, lockWait: this.options.lockWait ?? 300 };
  }

  /** Asks the host's agent; a connection that turns out to be dead is replaced while attempts are left. */
  private async ask<T>(
    host: HostConnection,
    role: string,
    op: string,
    request: object,
    attempts: number,
    onProgress?: (progress: Progress) => void,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const session = await this.session(host);
      try {
        return await session.ask<T>(op, request, onProgress);
      } catch (error) {
        if (error instanceof AgentRefused) throw fromAgent(host.name, role, error.error);
        if (!(error instanceof ConnectionLost) || (attempts === 1 && op === "apply")) throw error;
        if (attempt >= attempts) throw this.gone(host, role, op);
      }
    }
  }

  /** The result of an apply that went on without us. */
  private async outcome(host: HostConnection, role: string, applyId: string): Promise<ApplyResult> {
    const until = Date.now() + (this.options.reconnect ?? 120) * 1000;
    for (;;) {
      try {
        const found = await this.ask<EarlierApply | null>(host, role, "attach", { role, applyId }, 1);
        await this.acknowledge(host, role, applyId);
        if (found?.result) return { ...found.result, reconnected: true };
        const error = found?.error ?? {
          kind: "Interrupted",
          message: found?.interrupted
            ? `the apply was interrupted on the host and is rolled back (${(found.files ?? []).join(", ")})`
            : "the apply did not reach the host, or ended without a trace",
          details: { rolledBack: true },
        };
        throw fromAgent(host.name, role, error);
      } catch (error) {
        if (!(error instanceof HostUnreachable) || Date.now() > until) throw error;
        this.failures.delete(this.key(host));
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    }
  }

  /** Tells the host that its result was heard; a lost word only means that it is told again. */
  private async acknowledge(host: HostConnection, role: string, applyId: string): Promise<void> {
    const session = await this.sessions.get(this.key(host))?.catch(() => undefined);
    await session?.ask("acknowledge", { role, applyId }).catch(() => {});
  }

  private key(host: HostConnection): string {
    const { user, address, port, hostKeys, jump } = host;
    return `${user}@${address}:${port} ${hostKeys.join(",")}${jump ? ` via ${this.key(jump)}` : ""}`;
  }

  private async session(host: HostConnection): Promise<AgentSession> {
    const key = this.key(host);
    const failure = this.failures.get(key);
    if (failure && failure.until > Date.now()) throw failure.error;
    const open = await this.sessions.get(key)?.catch(() => undefined);
    if (open?.alive) return open;
    const opening = this.pending(key, host);
    return await opening;
  }

  /** The connection being made, so that roles that ask at the same time share it. */
  private pending(key: string, host: HostConnection): Promise<AgentSession> {
    const known = this.opening.get(key);
    if (known) return known;
    const opening = this.start(key, host).finally(() => this.opening.delete(key));
    this.opening.set(key, opening);
    this.sessions.set(key, opening);
    opening.catch(() => {});
    return opening;
  }

  private readonly opening = new Map<string, Promise<AgentSession>>();

  private async start(key: string, host: HostConnection): Promise<AgentSession> {
    if (this.closed) throw new HostUnreachable(host.name, "the pool is closed", "this is a defect of Postfleet");
    const began = Date.now();
    let connection: Connection | undefined;
    try {
      connection = await connect(host, this.identity);
      const session = await AgentSession.start(host, connection);
      this.options.log?.(
        host.name,
        `connected to ${host.user}@${host.address}:${host.port} in ${Date.now() - began} ms`,
      );
      return session;
    } catch (error) {
      connection?.end();
      if (error instanceof HostUnreachable) {
        this.failures.set(key, { error, until: Date.now() + (this.options.unreachable ?? 30) * 1000 });
      }
      throw error;
    }
  }

  private gone(host: HostConnection, role: string, op: string): HostError {
    return new HostUnreachable(
      host.name,
      `role ${role}: the connection was lost during ${op} and could not be had again`,
      `run the command again; if the host is gone for good set hosts.${host.name}.lost: true`,
    );
  }
}

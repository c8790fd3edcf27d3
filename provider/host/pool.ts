/** All hosts of one run: what is asked of their agents, and what is done when one is lost meanwhile. */
import { randomUUID } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { type HostConnection, type Manifest, manifest } from "../manifest";
import { AgentRefused, ConnectionLost } from "./agent-session";
import { Agents, type AgentsOptions } from "./agents";
import { applied, found, noted, observation, removed, WrongShape } from "./answers";
import type { SshIdentity } from "./connection";
import {
  AgentDied,
  type AgentFailed,
  AgentGarbled,
  AgentSilent,
  fromAgent,
  type HostError,
  HostUnreachable,
  Interrupted,
  whereabouts,
} from "./errors";
import { garbled } from "./failures";
import { operatorFingerprints } from "./operator-keys";
import { claims, observeRequest } from "./requests";
import type {
  AgentError,
  ApplyResult,
  EarlierApply,
  KnownHashes,
  Observation,
  PathFact,
  Progress,
  RemoveResult,
  Undeclared,
} from "./types";

/** Settings of a {@link HostPool}; the defaults suit an interactive run. */
export interface HostPoolOptions extends AgentsOptions {
  /** Seconds to wait for another change on the same host. Default 300. */
  lockWait?: number;
  /** Seconds to try to get a lost connection back while an apply goes on. Default 120. */
  reconnect?: number;
}

/** Observes and changes hosts. Hosts run in parallel; on one host applies follow each other, observations do not wait. */
export class HostPool {
  private readonly agents: Agents;
  private readonly operator = `${userInfo().username}@${hostname()}`;

  private operatorKeys: Promise<Set<string>> | undefined;

  constructor(
    private readonly identity: SshIdentity,
    private readonly options: HostPoolOptions = {},
  ) {
    this.agents = new Agents(identity, options);
  }

  /**
   * Live facts of exactly what the manifest names. A running apply of the same role is waited for; one that was
   * interrupted is rolled back first (see {@link Observation.earlier}).
   */
  async observe(host: HostConnection, manifest: Manifest, known: KnownHashes): Promise<Observation> {
    const request = observeRequest(manifest, known);
    const seen = await this.ask(host, manifest.role, "observe", request, 2, (answer) => observation(answer, manifest));
    if (seen.earlier) await this.acknowledge(host, manifest.role, seen.earlier.id);
    return seen.undeclared ? { ...seen, undeclared: await this.withoutOperator(seen.undeclared) } : seen;
  }

  /**
   * Live facts of some files, contents included, as a role has left them: a running apply of that role is waited for. An
   * apply that nobody heard the end of stays to be told by {@link observe}.
   */
  async read(host: HostConnection, role: string, paths: readonly string[]): Promise<Record<string, PathFact | null>> {
    const files = Object.fromEntries(paths.map((path) => [path, { content: "", mode: "0644", owner: "", group: "" }]));
    const wanted = manifest(role, { files });
    const request = observeRequest(wanted, {});
    return (await this.ask(host, role, "observe", request, 2, (answer) => observation(answer, wanted))).files;
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
      const report = await this.ask(host, wanted.role, "apply", request, 1, applied, onProgress);
      await this.acknowledge(host, wanted.role, applyId);
      return { ...report, reconnected: false };
    } catch (error) {
      if (cutShort(error)) {
        const lost = error instanceof ConnectionLost ? "the connection was lost" : error.problem;
        this.options.log?.(host.name, `role ${wanted.role}: ${lost}; the apply goes on; connecting again`);
        onProgress?.({ stage: "wait", message: `${lost}; the apply goes on, connecting again` });
        try {
          const result = await this.outcome(host, wanted.role, applyId);
          if (result) return result;
          const again = await this.ask(host, wanted.role, "apply", request, 1, applied, onProgress);
          return { ...again, reconnected: true };
        } catch (end) {
          if (end instanceof ConnectionLost || end instanceof HostUnreachable)
            throw this.gone(host, wanted.role, "apply");
          throw cutShort(end) ? unheard(end, wanted.role) : end;
        }
      }
      if (error instanceof Interrupted) await this.outcome(host, wanted.role, applyId); // rolls it back, and says so
      await this.acknowledge(host, wanted.role, applyId);
      throw error;
    }
  }

  /**
   * A role as the host knows it: the manifest that was applied last, with the contents that its files have now. Contents of
   * secret files stay on the host; a note with the hash is in their place.
   */
  async recorded(host: HostConnection, role: string): Promise<Manifest> {
    return await this.ask(host, role, "recorded", { role }, 2, noted);
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
    return await this.ask(host, manifest.role, "remove", request, 2, removed, onProgress);
  }

  /** Ends all connections; applies that run on the hosts go on to their end. */
  async close(): Promise<void> {
    await this.agents.close();
  }

  /** All but the keys by which we come in ourselves. */
  private async withoutOperator(found: Undeclared[]): Promise<Undeclared[]> {
    this.operatorKeys ??= operatorFingerprints(this.identity);
    const ours = await this.operatorKeys;
    return found.filter(({ kind, name }) => kind !== "key" || !ours.has(name.replace(/^.* /, "")));
  }

  private common(applyId: string): object {
    return { applyId, operator: this.operator, lockWait: this.options.lockWait ?? 300 };
  }

  /**
   * Asks the host's agent; a connection or an agent that turns out to be dead is replaced while attempts are left. `read`
   * holds the answer against what it must be.
   */
  private async ask<T>(
    host: HostConnection,
    role: string,
    op: string,
    request: object,
    attempts: number,
    read: (answer: unknown) => T,
    onProgress?: (progress: Progress) => void,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const session = await this.agents.of(host);
        return read(await session.ask(op, request, onProgress));
      } catch (error) {
        if (error instanceof AgentRefused) throw fromAgent(host.name, role, error.error);
        if (error instanceof WrongShape) throw garbled(host, `the answer to ${op} of role ${role}: ${error.message}`);
        if (error instanceof AgentGarbled || error instanceof AgentSilent) this.agents.distrust(host, error);
        const dead = error instanceof ConnectionLost || error instanceof AgentDied;
        if (!dead || op === "apply") throw error;
        if (attempt >= attempts) throw error instanceof ConnectionLost ? this.gone(host, role, op) : error;
      }
    }
  }

  /** The result of an apply that went on without us; undefined when it never reached the host. */
  private async outcome(host: HostConnection, role: string, applyId: string): Promise<ApplyResult | undefined> {
    const end = await this.patiently(host, () => this.ask(host, role, "attach", { role, applyId }, 2, found));
    if (!end) return undefined;
    await this.acknowledge(host, role, applyId);
    if (end.result) return { ...end.result, reconnected: true };
    throw fromAgent(host.name, role, end.error ?? interrupted(end));
  }

  /** Tries to reach a host again for a while. */
  private async patiently<T>(host: HostConnection, act: () => Promise<T>): Promise<T> {
    const until = Date.now() + (this.options.reconnect ?? 120) * 1000;
    for (;;) {
      this.agents.forgive(host);
      try {
        return await act();
      } catch (error) {
        if (this.agents.closed || !(error instanceof HostUnreachable) || Date.now() > until) throw error;
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    }
  }

  /** Tells the host that its result was heard; a lost word only means that it is told again. */
  private async acknowledge(host: HostConnection, role: string, applyId: string): Promise<void> {
    const session = await this.agents.running(host);
    await session?.ask("acknowledge", { role, applyId }).catch(() => {});
  }

  private gone(host: HostConnection, role: string, op: string): HostError {
    return new HostUnreachable(
      host.name,
      `role ${role}: the connection to ${whereabouts(host)} was lost during ${op} and could not be had again${
        op === "apply" ? "; on the host the apply goes on to its end, or to its rollback" : ""
      }`,
      `run the command again; if the host is gone for good set hosts.${host.name}.lost: true`,
    );
  }
}

/** Whether a request ended without the agent's word on it, so that what it began may go on. */
function cutShort(error: unknown): error is ConnectionLost | AgentFailed {
  return [ConnectionLost, AgentDied, AgentGarbled, AgentSilent].some((type) => error instanceof type);
}

/** The same error of an apply, whose end cannot be heard. */
function unheard(error: ConnectionLost | AgentFailed, role: string): Error {
  if (error instanceof ConnectionLost) return error;
  const problem = `role ${role}: ${error.problem}\nan apply that had begun goes on to its end, or to its rollback; the next run tells of it`;
  return new (error.constructor as typeof AgentFailed)(error.host, problem, error.hint);
}

/** The error for an apply whose process died on the host, and that the agent has undone since. */
function interrupted(earlier: EarlierApply): AgentError {
  return {
    kind: "Interrupted",
    message: "the apply was interrupted on the host, and is rolled back",
    details: { rolledBack: true, files: earlier.files ?? [], rollbackProblems: earlier.problems ?? [] },
  };
}

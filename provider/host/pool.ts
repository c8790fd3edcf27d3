/** All hosts of one run: what is asked of their agents, and what is done when one is lost meanwhile. */
import { randomUUID } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { type HostConnection, type Manifest, manifest } from "../manifest";
import { AgentRefused, ConnectionLost } from "./agent-session";
import { Agents, type AgentsOptions } from "./agents";
import type { SshIdentity } from "./connection";
import { fromAgent, type HostError, HostUnreachable, Interrupted, whereabouts } from "./errors";
import { operatorFingerprints } from "./operator-keys";
import { claims, observeRequest } from "./requests";
import type {
  AgentError,
  ApplyReport,
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
    const seen = await this.ask<Observation>(host, manifest.role, "observe", observeRequest(manifest, known), 2);
    if (seen.earlier) await this.acknowledge(host, manifest.role, seen.earlier.id);
    return seen.undeclared ? { ...seen, undeclared: await this.withoutOperator(seen.undeclared) } : seen;
  }

  /**
   * Live facts of some files, contents included, as a role has left them: a running apply of that role is waited for. An
   * apply that nobody heard the end of stays to be told by {@link observe}.
   */
  async read(host: HostConnection, role: string, paths: readonly string[]): Promise<Record<string, PathFact | null>> {
    const files = Object.fromEntries(paths.map((path) => [path, { content: "", mode: "0644", owner: "", group: "" }]));
    const request = observeRequest(manifest(role, { files }), {});
    return (await this.ask<Observation>(host, role, "observe", request, 2)).files;
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
      if (error instanceof ConnectionLost) {
        this.options.log?.(
          host.name,
          `role ${wanted.role}: the connection was lost, the apply goes on; connecting again`,
        );
        onProgress?.({ stage: "wait", message: "the connection was lost; the apply goes on, connecting again" });
        try {
          const result = await this.outcome(host, wanted.role, applyId);
          if (result) return result;
          const again = await this.ask<ApplyReport>(host, wanted.role, "apply", request, 1, onProgress);
          return { ...again, reconnected: true };
        } catch (end) {
          if (end instanceof ConnectionLost || end instanceof HostUnreachable)
            throw this.gone(host, wanted.role, "apply");
          throw end;
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
    return await this.ask<Manifest>(host, role, "recorded", { role }, 2);
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
      const session = await this.agents.of(host);
      try {
        return await session.ask<T>(op, request, onProgress);
      } catch (error) {
        if (error instanceof AgentRefused) throw fromAgent(host.name, role, error.error);
        if (!(error instanceof ConnectionLost) || op === "apply") throw error;
        if (attempt >= attempts) throw this.gone(host, role, op);
      }
    }
  }

  /** The result of an apply that went on without us; undefined when it never reached the host. */
  private async outcome(host: HostConnection, role: string, applyId: string): Promise<ApplyResult | undefined> {
    const found = await this.patiently(host, () =>
      this.ask<EarlierApply | null>(host, role, "attach", { role, applyId }, 2),
    );
    if (!found) return undefined;
    await this.acknowledge(host, role, applyId);
    if (found.result) return { ...found.result, reconnected: true };
    throw fromAgent(host.name, role, found.error ?? interrupted(found));
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

/** The error for an apply whose process died on the host, and that the agent has undone since. */
function interrupted(earlier: EarlierApply): AgentError {
  return {
    kind: "Interrupted",
    message: "the apply was interrupted on the host, and is rolled back",
    details: { rolledBack: true, files: earlier.files ?? [], rollbackProblems: earlier.problems ?? [] },
  };
}

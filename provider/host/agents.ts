/** How the agents of hosts are reached: one SSH connection and one agent a host, shared by all that ask. */
import type { Client } from "ssh2";
import type { HostConnection } from "../manifest";
import { AgentSession } from "./agent-session";
import { connect, type SshIdentity, whenGone } from "./connection";
import { HostUnreachable, whereabouts } from "./errors";
import { LIMITS, type Limits } from "./limits";

/** Settings of {@link Agents}. */
export interface AgentsOptions {
  /** Told of connections made and lost, and of anything else worth a line. Never secrets. */
  log?: (host: string, message: string) => void;
  /** Seconds during which a host that did not answer is not tried again. Default 30. */
  unreachable?: number;
  /** Time limits of agents, for tests; in place of those in limits.ts. */
  limits?: Partial<Omit<Limits, "total"> & { total: number }>;
}

/** The agents of all hosts of one run. */
export class Agents {
  /** Whether {@link close} was called: no host is reached any more. */
  closed = false;
  private readonly connections = new Shared<Client>();
  private readonly sessions = new Shared<AgentSession>();
  private readonly failures = new Map<string, { error: Error; until: number }>();

  private readonly limits: Limits;

  constructor(
    private readonly identity: SshIdentity,
    private readonly options: AgentsOptions,
  ) {
    const { total, ...limits } = options.limits ?? {};
    const totals = Object.keys(LIMITS.total).map((op): [string, number] => [op, total ?? LIMITS.total[op] ?? 0]);
    this.limits = { ...LIMITS, ...limits, total: Object.fromEntries(totals) };
  }

  /** The agent of a host: the one that runs, or a new one. */
  of(host: HostConnection): Promise<AgentSession> {
    const failure = this.failures.get(key(host));
    if (failure && failure.until > Date.now()) return Promise.reject(failure.error);
    return this.sessions.share(key(host), async (forget) => {
      const session = await AgentSession.start(host, await this.connection(host), this.limits);
      session.onEnd(forget);
      return session;
    });
  }

  /** The agent that runs; undefined where there is none. */
  async running(host: HostConnection): Promise<AgentSession | undefined> {
    return this.sessions.get(key(host))?.catch(() => undefined);
  }

  /** Keeps a host that was reached in vain from being tried again at once by each of its roles. */
  distrust(host: HostConnection, error: Error): void {
    this.failures.set(key(host), { error, until: Date.now() + (this.options.unreachable ?? 30) * 1000 });
  }

  /** Lets a host be tried again at once, though it did not answer lately. */
  forgive(host: HostConnection): void {
    this.failures.delete(key(host));
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const session of await this.sessions.all()) session.close();
    for (const connection of await this.connections.all()) connection.end();
  }

  /** The connection to a host, be it for its agent or as a jump host. */
  private connection(host: HostConnection, deadline?: number): Promise<Client> {
    return this.connections.share(key(host), async (forget) => {
      if (this.closed) throw new HostUnreachable(host.name, "the pool is closed", "open a new one");
      const began = Date.now();
      try {
        const client = await connect(host, this.identity, (jump, until) => this.connection(jump, until), deadline);
        whenGone(client, forget);
        this.options.log?.(host.name, `connected to ${host.user}@${whereabouts(host)} in ${Date.now() - began} ms`);
        return client;
      } catch (error) {
        if (error instanceof HostUnreachable) this.distrust(host, error);
        throw error;
      }
    });
  }
}

/** Hosts that differ in this are different to us. */
function key(host: HostConnection): string {
  const { user, address, port, hostKeys, jump } = host;
  return `${user}@${address}:${port} ${hostKeys.join(",")}${jump ? ` via ${key(jump)}` : ""}`;
}

/** Things that are made once for all that ask at the same time, and again after they ended. */
class Shared<T> {
  private readonly things = new Map<string, Promise<T>>();

  get(key: string): Promise<T> | undefined {
    return this.things.get(key);
  }

  share(key: string, make: (forget: () => void) => Promise<T>): Promise<T> {
    const known = this.things.get(key);
    if (known) return known;
    const forget = () => {
      if (this.things.get(key) === made) this.things.delete(key);
    };
    const made: Promise<T> = make(forget);
    this.things.set(key, made);
    made.catch(forget);
    return made;
  }

  /** All that exist. */
  async all(): Promise<T[]> {
    const settled = await Promise.allSettled(this.things.values());
    return settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  }
}

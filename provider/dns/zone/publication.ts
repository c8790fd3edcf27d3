/** After the writes: which servers have to answer, and until when they are waited for. */
import type { Reporter } from "../../handler";
import type { Polling } from "../../polling";
import type { ZoneBackend } from "./backends/backend";
import type { SetChange } from "./model";
import { ZoneError } from "./model";
import type { Sets } from "./ownership";
import { type Expected, latest, type Resolver, type Server, serialOf, untilServed } from "./serial";

/** What is needed of the world to see a zone as others see it. */
export interface ServerWatch {
  dns: Resolver;
  polling: Polling;
}

/** The servers of a zone before a change, and the serial that they answered. */
export interface Served {
  servers: Server[];
  serial?: number;
  /** Why nobody can be asked. */
  reason?: string;
}

/** Changed sets that every server is asked for; the serial vouches for the rest. */
const SAMPLE = 10;

/** Whom to ask, and what they answer now. */
export async function serialsNow({ dns }: ServerWatch, backend: ZoneBackend, zone: string): Promise<Served> {
  const own = await backend.nameServers();
  if (own.length === 0) return { servers: [] };
  try {
    const delegated = await dns.authoritativeServers(zone);
    const names = delegated.map(({ name }) => name);
    if (!names.some((name) => own.includes(name))) {
      const reason = `the zone is delegated to ${names.join(", ")}, and ${backend.title} serves it from ${own.join(", ")}: nobody sees it there until the registrar points to these`;
      return { servers: [], reason };
    }
    const servers = delegated.flatMap(({ name, addresses }) => addresses.map((address) => ({ name, address })));
    const serials = await Promise.all(servers.map((server) => serialOf(dns, server, zone).catch(() => undefined)));
    const serial = latest(serials.flatMap((each) => each ?? []));
    return { servers, ...(serial === undefined ? {} : { serial }) };
  } catch (error) {
    return { servers: [], reason: (error as Error).message };
  }
}

/** Waits until every server answers the change, and tells where that could not be seen. */
export async function awaitServers(
  { dns, polling }: ServerWatch,
  backend: ZoneBackend,
  served: Served,
  change: { zone: string; changes: readonly SetChange[]; wanted: Sets },
  report: Reporter,
): Promise<void> {
  const { zone, changes } = change;
  if (served.reason) report.warn(`${zone}: published, but not seen at its name servers: ${served.reason}`);
  if (served.servers.length === 0) return;
  const serial = changes.length > 0 ? await backend.serial(served.serial) : undefined;
  const expected: Expected = { zone, sets: sample(change), ...(serial === undefined ? {} : { serial }) };
  try {
    const progress = (message: string) => report.progress(message);
    const seen = await untilServed(dns, served.servers, expected, polling, progress, () =>
      backend.publish().catch(() => {}),
    );
    if (seen.length === 0)
      report.warn(`${zone}: published, but this machine has no way to any of its name servers to see it`);
  } catch (error) {
    const problems = (await backend.problems?.().catch(() => [])) ?? [];
    if (!(error instanceof ZoneError) || problems.length === 0) throw error;
    throw new ZoneError(`${error.message}\n  ${backend.title} says: ${problems.join("; ")}`, error.hint);
  }
}

function sample({ changes, wanted }: { changes: readonly SetChange[]; wanted: Sets }): Expected["sets"] {
  if (changes.length === 0) return [...wanted.values()].slice(0, SAMPLE);
  return changes
    .slice(-SAMPLE)
    .map(({ name, type, after }) => ({ name, type, ttl: 0, values: after.map(({ value }) => value) }));
}

/** A zone at OVHcloud: records by id, which nobody sees before the zone is refreshed. */

import { type OvhApi, OvhError, orMissing, path } from "../../../ovh/api";
import type { Polling } from "../../../polling";
import { inParallel } from "../../query";
import { quoted } from "../../tokens";
import { parseMasterFile } from "../master-file";
import { DEFAULT_TTL, type LiveRecord, nameAndType, type SetChange, ZoneError, ZoneMissing } from "../model";
import { canonicalLive } from "../rdata";
import { later } from "../serial";
import type { ZoneBackend } from "./backend";
import { nearestZones } from "./nearest";
import { OvhDnssec } from "./ovh-dnssec";
import { refuseMissingRights } from "./ovh-rights";

interface OvhRecord {
  id: number;
  fieldType: string;
  subDomain: string;
  target: string;
  /** Seconds; 0 for the zone's default. */
  ttl: number;
}

/** OVH's own types with checks of their content; name servers answer them as TXT. */
const SERVED_AS_TXT = ["DKIM", "DMARC", "SPF"];
const AT_ONCE = 4;

/**
 * For how long a new record may take to appear, and a refresh to be accepted. Default 1 minute, asked every 2 seconds.
 */
export interface OvhPolling extends Polling {
  /** The same of DNSSEC that is being switched on. Default 5 minutes, asked every 10 seconds. */
  dnssec?: Polling;
}

const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** What a record says, whatever of OVH's types it has: unquoted text is one text, blanks included. */
function liveOf(zone: string, { id, fieldType, subDomain, target, ttl }: OvhRecord, defaultTtl: number): LiveRecord {
  const type = SERVED_AS_TXT.includes(fieldType) ? "TXT" : fieldType;
  const bare = type === "TXT" && !target.trimStart().startsWith('"');
  const value = canonicalLive(type, bare ? quoted(Buffer.from(target)) : target, zone);
  const name = (subDomain ? `${subDomain}.${zone}` : zone).toLowerCase();
  return { name, type, ttl: ttl || defaultTtl, value, id, storedAs: fieldType };
}

export class OvhZone implements ZoneBackend {
  readonly title = "OVH";
  readonly dnssec: OvhDnssec;
  private defaultTtl = DEFAULT_TTL;
  private readonly at: string;

  constructor(
    private readonly api: OvhApi,
    private readonly zone: string,
    private readonly polling: OvhPolling,
  ) {
    this.at = path`/domain/zone/${zone}`;
    this.dnssec = new OvhDnssec(api, zone, polling.dnssec ?? { everyMs: 10_000, limitMs: 300_000 });
  }

  /** One call however many records there are; by id it would be one call each. */
  async read(): Promise<LiveRecord[]> {
    const text = await orMissing(this.api.get<string | null>(`${this.at}/export`));
    if (text === undefined) throw await this.missing();
    const { ttl, records } = parseMasterFile(text ?? "", this.zone, DEFAULT_TTL);
    // An answer without it is not the zone: taken for an empty one, nothing of others would seem to be in the way.
    if (!records.some(({ type }) => type === "SOA")) {
      const hint = "run again; if it stays so, look at the zone in OVH's control panel";
      throw new ZoneError(`${this.zone}: OVH's export of the zone has no SOA record, so it is not whole`, hint);
    }
    this.defaultTtl = ttl;
    return records
      .filter(({ type }) => type !== "SOA")
      .map((record) => (SERVED_AS_TXT.includes(record.type) ? { ...record, type: "TXT" } : record));
  }

  /** By id: whether the export shows edits that are not served yet, is not documented. */
  async readEdited(keys: ReadonlySet<string>): Promise<LiveRecord[]> {
    const wanted = [...keys].flatMap((key) => {
      const { name, type } = nameAndType(key);
      return (type === "TXT" ? ["TXT", ...pseudoTypes(name)] : [type]).map((fieldType) => ({ name, fieldType }));
    });
    const ids = await inParallel(wanted, AT_ONCE, ({ name, fieldType }) =>
      this.api.get<number[]>(`${this.at}/record`, { fieldType, subDomain: this.subDomain(name) }),
    );
    const found = await inParallel([...new Set(ids.flat())], AT_ONCE, (id) =>
      orMissing(this.api.get<OvhRecord>(`${this.at}${path`/record/${id}`}`)),
    );
    // The filters are patterns: "_" stands for any character, and what an empty one means is not documented.
    return found
      .flatMap((record) => (record ? [liveOf(this.zone, record, this.defaultTtl)] : []))
      .filter(({ name, type }) => keys.has(`${name} ${type}`));
  }

  async authorise(dnssec: boolean): Promise<void> {
    await refuseMissingRights(this.api, this.zone, dnssec);
  }

  async write(changes: readonly SetChange[], progress: (message: string) => void): Promise<void> {
    for (const [index, change] of changes.entries()) {
      progress(`${this.zone}: writing ${change.name} ${change.type} (${index + 1} of ${changes.length})`);
      await this.writeSet(change);
    }
  }

  /** Equal records stay; of the others as many as possible are changed in their place. */
  private async writeSet({ name, type, before, after }: SetChange): Promise<void> {
    const surplus = [...before];
    const lacking = after.filter((record) => {
      const at = surplus.findIndex(({ value, ttl }) => value === record.value && ttl === record.ttl);
      if (at >= 0) surplus.splice(at, 1);
      return at < 0;
    });
    for (const record of lacking) {
      // The same value with another TTL first; OVH's own types would have their content checked, and are replaced.
      const usable = surplus.filter(({ id, storedAs }) => id !== undefined && storedAs === type);
      const old = usable.find(({ value }) => value === record.value) ?? usable[0];
      const body = { subDomain: this.subDomain(name), target: record.value, ttl: record.ttl };
      if (old) {
        surplus.splice(surplus.indexOf(old), 1);
        await this.api.put(`${this.at}${path`/record/${old.id ?? 0}`}`, body);
      } else {
        const made = await this.api.post<OvhRecord | null>(`${this.at}/record`, { fieldType: type, ...body });
        if (!made?.id) await this.appeared(name, type, record.value);
      }
    }
    for (const { id } of surplus) {
      if (id !== undefined) await orMissing(this.api.delete(`${this.at}${path`/record/${id}`}`));
    }
  }

  /** OVH sometimes answers a new record with the id 0: whether it is there has to be looked for. */
  private async appeared(name: string, type: string, value: string): Promise<void> {
    const end = Date.now() + this.polling.limitMs;
    for (;;) {
      const records = await this.readEdited(new Set([`${name} ${type}`]));
      if (records.some((record) => record.value === value)) return;
      if (Date.now() > end)
        throw new ZoneError(
          `OVH took the new record ${name} ${type} ${value}, and does not show it`,
          "run the update again",
        );
      await sleep(this.polling.everyMs);
    }
  }

  /** One refresh at a time: another one that is scheduled may have been asked for before our last write. */
  async publish(): Promise<void> {
    const end = Date.now() + this.polling.limitMs;
    for (;;) {
      try {
        await this.api.post(`${this.at}/refresh`, undefined, { repeatable: true });
        return;
      } catch (error) {
        if (!(error instanceof OvhError)) throw error;
        const busy = error.status >= 400 && error.status < 500 && ![401, 403, 404].includes(error.status);
        if (!busy || Date.now() > end) throw unpublished(this.zone, error);
        await sleep(this.polling.everyMs);
      }
    }
  }

  /** A refresh takes its time: before it is done, the serial named here may still be the old one. */
  async serial(before: number | undefined): Promise<number | undefined> {
    const { serial } = await this.api.get<{ serial?: number }>(`${this.at}/soa`);
    if (before === undefined || (serial !== undefined && later(serial, before))) return serial;
    return (before + 1) >>> 0;
  }

  /** Also true where OVH merely has warnings, which costs some calls and no more. */
  async pending(): Promise<boolean> {
    const status = await this.status().catch(() => undefined);
    return status?.isDeployed === false;
  }

  async nameServers(): Promise<string[]> {
    const { nameServers = [] } = await this.api.get<{ nameServers?: string[] }>(this.at);
    return nameServers.map((name) => name.toLowerCase().replace(/\.$/, ""));
  }

  async problems(): Promise<string[]> {
    return (await this.status()).errors ?? [];
  }

  private status(): Promise<{ isDeployed?: boolean; errors?: string[] | null }> {
    return this.api.get(`${this.at}/status`);
  }

  private async missing(): Promise<ZoneMissing> {
    const names = await this.api.get<string[]>("/domain/zone").catch(() => []);
    return new ZoneMissing(
      `OVH has no zone ${this.zone} in this account${nearestZones(this.zone, names)}`,
      "is the domain in this account, and does it have a DNS zone there? A zone is ordered in OVH's control panel; a domain below another one belongs in the zone of that one",
    );
  }

  private subDomain(name: string): string {
    return name === this.zone ? "" : name.slice(0, -this.zone.length - 1);
  }
}

/** OVH's own types that the TXT at a name may have. */
function pseudoTypes(name: string): string[] {
  if (name.startsWith("_dmarc.")) return ["DMARC"];
  return name.includes("._domainkey.") ? ["DKIM"] : ["SPF"];
}

function unpublished(zone: string, error: OvhError): ZoneError {
  return new ZoneError(
    `${zone}: the records are written, and OVH refused to publish them, so nothing of the change is served: ${error.message}`,
    error.hint ?? "the next update publishes them",
  );
}

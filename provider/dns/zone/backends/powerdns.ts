/** A zone at a PowerDNS authoritative server, by its HTTP API: https://doc.powerdns.com/authoritative/http-api/ */
import { type LiveRecord, type SetChange, ZoneError, ZoneMissing, ZoneUnreachable } from "../model";
import { canonicalLive } from "../rdata";
import type { ZoneBackend } from "./backend";
import { nearestZones } from "./nearest";

/** Where the API is. */
export interface PowerDnsServer {
  url: string;
  /** Default "localhost", which is how every server calls itself. */
  server?: string;
}

interface RrSet {
  name: string;
  type: string;
  ttl: number;
  records: { content: string; disabled: boolean }[];
}

interface Zone {
  kind: string;
  serial: number;
  edited_serial?: number;
  soa_edit_api?: string;
  rrsets: RrSet[];
}

const undotted = (name: string) => name.toLowerCase().replace(/\.$/, "");

/** Milliseconds until an answer is given up. */
const TIMEOUT = 20_000;

export class PowerDns implements ZoneBackend {
  readonly title: string;
  private readonly base: string;
  private last: Zone | undefined;

  constructor(
    place: PowerDnsServer,
    private readonly zone: string,
    private readonly apiKey: string | undefined,
  ) {
    this.title = `PowerDNS at ${place.url}`;
    this.base = `${place.url.replace(/\/+$/, "")}/api/v1/servers/${encodeURIComponent(place.server ?? "localhost")}/zones`;
  }

  async read(): Promise<LiveRecord[]> {
    const zone = await this.get();
    return zone.rrsets.flatMap((set) => {
      const [name, type] = [undotted(set.name), set.type];
      return type === "SOA"
        ? []
        : set.records
            .filter(({ disabled }) => !disabled)
            .map(({ content }) => ({ name, type, ttl: set.ttl, value: canonicalLive(type, content, this.zone) }));
    });
  }

  /** One call, which is done as a whole or not at all. What is disabled in a set stays so. */
  async write(changes: readonly SetChange[]): Promise<void> {
    const before = this.last ?? (await this.get());
    const rrsets = changes.map(({ name, type, after, before: was }) => {
      const stored = before.rrsets.find((set) => undotted(set.name) === name && set.type === type);
      const disabled = stored?.records.filter((record) => record.disabled) ?? [];
      const records = [...after.map(({ value }) => ({ content: value, disabled: false })), ...disabled];
      if (records.length === 0) return { name: `${name}.`, type, changetype: "DELETE" };
      // A set has one TTL: that of what is ours, which comes after what is of others.
      return { name: `${name}.`, type, ttl: (after.at(-1) ?? was[0])?.ttl, changetype: "REPLACE", records };
    });
    await this.call("PATCH", `/${this.zone}.`, { rrsets });
    this.last = undefined;
  }

  /** What is written is served at once; secondaries are told where there are any. */
  async publish(): Promise<void> {
    const { kind } = await this.get();
    if (/^(master|primary)$/i.test(kind)) await this.call("PUT", `/${this.zone}./notify`);
  }

  async serial(): Promise<number | undefined> {
    const { serial, edited_serial } = await this.get();
    return edited_serial ?? serial;
  }

  async nameServers(): Promise<string[]> {
    const zone = this.last ?? (await this.get());
    return zone.rrsets
      .filter(({ name, type }) => type === "NS" && undotted(name) === this.zone)
      .flatMap(({ records }) => records.map(({ content }) => undotted(content)));
  }

  /** Secondaries ask for a zone when its serial rises. */
  async problems(): Promise<string[]> {
    const { soa_edit_api } = await this.get();
    return soa_edit_api ? [] : [`the serial does not rise: pdnsutil set-meta ${this.zone} SOA-EDIT-API DEFAULT`];
  }

  private async get(): Promise<Zone> {
    const { status, body } = await this.request("GET", `/${this.zone}.`);
    // Older servers say 422 "Could not find domain".
    if (status === 404 || (status === 422 && JSON.stringify(body).includes("Could not find")))
      throw await this.missing();
    this.last = this.good<Zone>("GET", `/${this.zone}.`, status, body);
    if (/^(slave|secondary|consumer)$/i.test(this.last.kind)) {
      const hint = "give the address of its primary, or make it one: pdnsutil set-kind";
      throw new ZoneError(
        `${this.title} serves ${this.zone} as a ${this.last.kind}: it takes the zone from elsewhere`,
        hint,
      );
    }
    return this.last;
  }

  private async missing(): Promise<ZoneMissing> {
    const { status, body } = await this.request("GET", "?dnssec=false");
    const names = status === 200 && Array.isArray(body) ? body.map(({ name }: { name: string }) => undotted(name)) : [];
    return new ZoneMissing(
      `${this.title} has no zone ${this.zone}${nearestZones(this.zone, names)}`,
      `make it there first, with its name servers: pdnsutil create-zone ${this.zone} ns1.${this.zone}`,
    );
  }

  private async call<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await this.request(method, path, body);
    return this.good<T>(method, path, answer.status, answer.body);
  }

  private good<T>(method: string, path: string, status: number, body: unknown): T {
    if (status >= 200 && status < 300) return body as T;
    const said = (body as { error?: string; errors?: string[] } | undefined) ?? {};
    const details = [said.error, ...(said.errors ?? [])].filter(Boolean).join("; ") || "nothing more";
    const hint =
      status === 401 || status === 403
        ? 'is the API key right? It belongs in the stack\'s secret postfleet:powerdns, as {"url": "…", "apiKey": "…"}'
        : undefined;
    throw new ZoneError(`${this.title}: ${method} ${path} answered ${status}: ${details}`, hint);
  }

  private async request(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
    try {
      const response = await fetch(`${this.base}${path}`, {
        method,
        // The key must not follow to wherever an answer points.
        redirect: "manual",
        headers: { "X-API-Key": this.apiKey ?? "", "Content-Type": "application/json" },
        signal: AbortSignal.timeout(TIMEOUT),
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const text = await response.text();
      if (response.status >= 300 && response.status < 400)
        throw new ZoneError(
          `${this.title}: ${method} ${path} is redirected to ${response.headers.get("location") ?? "nowhere"}, which is not followed`,
          "name the address of the API itself, in dns.api.url and in the secret postfleet:powerdns",
        );
      return { status: response.status, body: parsed(text) };
    } catch (error) {
      if (error instanceof ZoneError) throw error;
      const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException };
      throw new ZoneUnreachable(
        `${this.title} does not answer: ${cause?.code ?? message}`,
        "is the server up, with webserver=yes and api=yes, and may this machine reach it (webserver-allow-from)?",
      );
    }
  }
}

function parsed(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return { error: text.slice(0, 200) };
  }
}

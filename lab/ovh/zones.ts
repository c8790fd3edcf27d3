/** `/domain/zone`: records, refresh, SOA, export and import, DNSSEC. */
import { type Api, like, owned } from "./api";
import { isoNow } from "./dates";
import { ApiError, badRequest, missing } from "./errors";
import type { ApiRequest, Router } from "./router";
import { VOID } from "./router";
import type { ZoneContent, ZoneState } from "./state";
import { parseZoneFile, zoneText } from "./zone-file";
import { normalRecord } from "./zone-records";
import type { NewRecord, Soa, ZoneRecord } from "./zone-types";

const REFRESH = "ZoneRefresh";

/** A new zone, published with these records and its name servers. */
export function newZone(name: string, nameServers: string[], records: NewRecord[], newId: () => number): ZoneState {
  const soa: Soa = {
    server: `${nameServers[0]}.`,
    email: "tech.ovh.net.",
    serial: nextSerial(0),
    refresh: 86400,
    expire: 3600000,
    nxDomainTtl: 60,
    ttl: 3600,
  };
  const zone: ZoneState = {
    name,
    records: [],
    soa,
    published: { records: [], soa },
    dnssec: "disabled",
    lastUpdate: isoNow(),
  };
  const servers = nameServers.map((server) => ({ fieldType: "NS", target: `${server}.` }));
  for (const record of [...servers, ...records]) {
    zone.records.push(normalRecord({ ...record, id: newId(), zone: name }, zone.records));
  }
  zone.published = copy(zone);
  return zone;
}

/** YYYYMMDDnn, and always greater than before. */
function nextSerial(before: number): number {
  return Math.max(before + 1, Number(isoNow().slice(0, 10).replaceAll("-", "")) * 100);
}

const copy = ({ records, soa }: ZoneContent): ZoneContent => structuredClone({ records, soa });

/** Tells the name servers what is published. */
export async function publish(api: Api, zone: ZoneState): Promise<void> {
  const { soa } = zone.published;
  const signed = zone.dnssec === "enabled" || zone.dnssec === "enableInProgress";
  await api.world.publish({ zone: zone.name, serial: soa.serial, text: zoneText(zone.name, zone.published), signed });
}

export function zoneRoutes(router: Router, api: Api): void {
  const zoneOf = ({ params }: ApiRequest): ZoneState => owned(api.state.zones, params.zone);
  const recordOf = (request: ApiRequest): ZoneRecord => {
    const record = zoneOf(request).records.find(({ id }) => String(id) === request.params.id);
    if (!record) throw missing("id", request.params.id ?? "");
    return record;
  };

  router.on("GET", "/domain/zone", () => Object.keys(api.state.zones));
  router.on("GET", "/domain/zone/{zone}", (request) => {
    const { name, records, lastUpdate } = zoneOf(request);
    const nameServers = records.filter((r) => r.fieldType === "NS" && r.subDomain === "").map((r) => r.target);
    return {
      name,
      nameServers: nameServers.map((server) => server.replace(/\.$/, "")),
      dnssecSupported: true,
      hasDnsAnycast: false,
      lastUpdate,
    };
  });

  router.on("GET", "/domain/zone/{zone}/record", (request) => {
    const type = request.query.get("fieldType");
    const sub = request.query.get("subDomain");
    const ofType = type ? like(type) : () => true;
    const ofName = sub === null || (sub === "" && api.settings.emptySubDomain === "all") ? () => true : like(sub);
    return zoneOf(request)
      .records.filter((record) => ofType(record.fieldType) && ofName(record.subDomain))
      .map(({ id }) => id);
  });
  router.on("POST", "/domain/zone/{zone}/record", "fieldType* target* subDomain ttl:long", (request) => {
    const zone = zoneOf(request);
    const given = request.body as unknown as NewRecord;
    const record = normalRecord({ ...given, id: api.newId(), zone: zone.name }, zone.records);
    zone.records.push(record);
    return api.settings.recordIdZero ? { ...record, id: 0 } : record;
  });
  router.on("GET", "/domain/zone/{zone}/record/{id}", recordOf);
  // The type is named, so that it is refused in OVH's words; the rest of what a GET shows is read-only too.
  const changeable = "subDomain target ttl:long fieldType id:long zone";
  router.on("PUT", "/domain/zone/{zone}/record/{id}", changeable, (request) => {
    const zone = zoneOf(request);
    const record = recordOf(request);
    const readOnly = ["fieldType", "id", "zone"].filter((name) => name in request.body);
    if (readOnly.length > 0) throw badRequest(`Try to alter read-only properties: ${readOnly.join(", ")}`);
    Object.assign(record, normalRecord({ ...record, ...request.body }, zone.records));
    return VOID;
  });
  router.on("DELETE", "/domain/zone/{zone}/record/{id}", (request) => {
    const zone = zoneOf(request);
    const record = recordOf(request);
    zone.records = zone.records.filter((other) => other !== record);
    return VOID;
  });

  router.on("POST", "/domain/zone/{zone}/refresh", (request) => {
    const zone = zoneOf(request);
    if (api.tasks.open("zone", zone.name, REFRESH)) {
      throw new ApiError(api.settings.refreshConflict, "A refresh of this zone is already scheduled");
    }
    scheduleDeployment(zone, REFRESH);
    return VOID;
  });

  /** The content of this moment will be served, under a new serial. */
  function scheduleDeployment(zone: ZoneState, name: string): ReturnType<typeof api.tasks.start> {
    zone.soa.serial = nextSerial(zone.soa.serial);
    zone.lastUpdate = isoNow();
    zone.pending = copy(zone);
    return api.tasks.start("zone", zone.name, name, { name: "deployZone", args: { zone: zone.name } });
  }
  api.tasks.define("deployZone", async ({ zone: name }) => {
    const zone = api.state.zones[String(name)];
    if (!zone?.pending) return;
    zone.published = zone.pending;
    delete zone.pending;
    await publish(api, zone);
  });

  router.on("GET", "/domain/zone/{zone}/soa", (request) => zoneOf(request).soa);
  const soaFields = "server email serial:long refresh:long expire:long nxDomainTtl:long ttl:long";
  router.on("PUT", "/domain/zone/{zone}/soa", soaFields, (request) => {
    Object.assign(zoneOf(request).soa, request.body);
    return VOID;
  });
  router.on("GET", "/domain/zone/{zone}/export", (request) => {
    const zone = zoneOf(request);
    return zoneText(zone.name, zone);
  });
  router.on("POST", "/domain/zone/{zone}/import", "zoneFile*", (request) => {
    const zone = zoneOf(request);
    const { records, ttl } = parseZoneFile(zone.name, String(request.body.zoneFile));
    const made: ZoneRecord[] = [];
    for (const record of records) made.push(normalRecord({ ...record, id: api.newId(), zone: zone.name }, made));
    zone.records = made;
    if (ttl) zone.soa.ttl = ttl;
    return api.tasks.view(scheduleDeployment(zone, "DnsZoneImport"));
  });
  router.on("POST", "/domain/zone/{zone}/reset", "minimized:boolean DnsRecords:array", (request) => {
    const zone = zoneOf(request);
    const kept = zone.records.filter((record) => record.fieldType === "NS" && record.subDomain === "");
    for (const record of (request.body.DnsRecords ?? []) as NewRecord[]) {
      kept.push(normalRecord({ ...record, id: api.newId(), zone: zone.name }, kept));
    }
    zone.records = kept;
    return VOID;
  });
  router.on("GET", "/domain/zone/{zone}/status", (request) => {
    const zone = zoneOf(request);
    const same = JSON.stringify(zone.records) === JSON.stringify(zone.published.records);
    return { isDeployed: same, errors: [], warnings: [] };
  });
  router.on("GET", "/domain/zone/{zone}/task", (request) =>
    api.tasks.of("zone", zoneOf(request).name).map(({ id }) => id),
  );
  router.on("GET", "/domain/zone/{zone}/task/{id}", (request) =>
    api.tasks.view(api.tasks.find("zone", zoneOf(request).name, request.params.id ?? "")),
  );
  dnssecRoutes(router, api, zoneOf);
}

function dnssecRoutes(router: Router, api: Api, zoneOf: (request: ApiRequest) => ZoneState): void {
  router.on("GET", "/domain/zone/{zone}/dnssec", (request) => ({ status: zoneOf(request).dnssec }));
  const change = (request: ApiRequest, from: ZoneState["dnssec"], during: ZoneState["dnssec"]): typeof VOID => {
    const zone = zoneOf(request);
    if (zone.dnssec !== from) throw badRequest(`DNSSEC is not ${from} for this zone: ${zone.dnssec}`);
    zone.dnssec = during;
    const name = during === "enableInProgress" ? "DnssecEnable" : "DnssecDisable";
    api.tasks.start("zone", zone.name, name, { name: "dnssec", args: { zone: zone.name } });
    return VOID;
  };
  router.on("POST", "/domain/zone/{zone}/dnssec", (request) => change(request, "disabled", "enableInProgress"));
  router.on("DELETE", "/domain/zone/{zone}/dnssec", (request) => change(request, "enabled", "disableInProgress"));
  api.tasks.define("dnssec", async ({ zone: name }) => {
    const zone = api.state.zones[String(name)];
    if (!zone) return;
    await publish(api, zone);
    zone.dnssec = zone.dnssec === "enableInProgress" ? "enabled" : "disabled";
  });
}

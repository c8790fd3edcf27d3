/** `/dedicated/nasha`: NAS-HA partitions, their access lists and snapshots. */
import { canonicalBlock } from "./addresses";
import { type Api, owned } from "./api";
import { badRequest, conflict, missing } from "./errors";
import type { ApiRequest, Router } from "./router";
import { VOID } from "./router";
import type { NasPartition, NasState } from "./state";

const SNAPSHOT_TYPES = ["hour-1", "hour-6", "day-1", "day-2", "day-3", "day-7"];
const PROTOCOLS = ["NFS", "CIFS", "NFS_CIFS"];
const BASE = "/dedicated/nasha/{nas}";
const PARTITION = `${BASE}/partition/{partition}`;

type NasOf = (request: ApiRequest) => NasState;
type PartitionOf = (request: ApiRequest) => NasPartition;

export function nasRoutes(router: Router, api: Api): void {
  const nasOf: NasOf = ({ params }) => owned(api.state.nashas, params.nas);
  const partitionOf: PartitionOf = (request) => {
    const name = request.params.partition ?? "";
    const found = nasOf(request).partitions.find(({ partitionName }) => partitionName === name);
    if (!found) throw missing("partitionName", name);
    return found;
  };
  router.on("GET", "/dedicated/nasha", () => Object.keys(api.state.nashas));
  router.on("GET", BASE, (request) => {
    const { name, ip, zpoolSize, customName, monitored, partitions } = nasOf(request);
    const used = partitions.reduce((sum, { size }) => sum + size, 0);
    const canCreatePartition = used < zpoolSize;
    return { serviceName: name, ip, zpoolSize, zpoolCapacity: zpoolSize, customName, monitored, canCreatePartition };
  });
  router.on("PUT", BASE, "customName monitored:boolean", (request) => {
    Object.assign(nasOf(request), request.body);
    return VOID;
  });
  router.on("GET", `${BASE}/task`, (request) => api.tasks.of("nasha", nasOf(request).name).map(({ id }) => id));
  router.on("GET", `${BASE}/task/{id}`, (request) =>
    api.tasks.view(api.tasks.find("nasha", nasOf(request).name, request.params.id ?? "")),
  );

  router.on("GET", `${BASE}/partition`, (request) => nasOf(request).partitions.map((p) => p.partitionName));
  const fields = "partitionName* protocol* size*:long partitionDescription";
  router.on("POST", `${BASE}/partition`, fields, (request) => {
    const nas = nasOf(request);
    const {
      partitionName,
      protocol,
      size,
      partitionDescription = "",
    } = request.body as Record<string, string & number>;
    if (!/^[A-Za-z0-9]{1,24}$/.test(String(partitionName))) throw badRequest(`Invalid partitionName ${partitionName}`);
    if (!PROTOCOLS.includes(String(protocol))) throw badRequest(`protocol must be one of ${PROTOCOLS.join(", ")}`);
    checkSize(nas, undefined, Number(size));
    if (nas.partitions.some((p) => p.partitionName === partitionName))
      throw conflict(`${partitionName} exists already`);
    const partition: NasPartition = {
      ...{ partitionName: String(partitionName), protocol: String(protocol), size: Number(size) },
      ...{ partitionDescription: String(partitionDescription), accesses: [], snapshots: [], customSnapshots: [] },
    };
    return start(api, nas, "clusterLeclercPartitionAdd", "addPartition", { partition });
  });
  router.on("GET", PARTITION, (request) => {
    const { partitionName, protocol, size, partitionDescription } = partitionOf(request);
    return { partitionName, protocol, size, partitionDescription, partitionCapacity: size, usedBySnapshots: 0 };
  });
  router.on("PUT", PARTITION, "size:long partitionDescription", (request) => {
    const [nas, partition] = [nasOf(request), partitionOf(request)];
    const { size, partitionDescription } = request.body;
    if (partitionDescription !== undefined) partition.partitionDescription = String(partitionDescription);
    if (size !== undefined && size !== partition.size) {
      checkSize(nas, partition, Number(size));
      // The new size shows when the task is done.
      start(api, nas, "clusterLeclercPartitionUpdate", "resizePartition", { name: partition.partitionName, size });
    }
    return VOID;
  });
  router.on("DELETE", PARTITION, (request) => {
    const name = partitionOf(request).partitionName;
    return start(api, nasOf(request), "clusterLeclercPartitionDelete", "removePartition", { name });
  });
  accessRoutes(router, api, nasOf, partitionOf);
  snapshotRoutes(router, api, nasOf, partitionOf);

  const nasOfTask = (name: unknown): NasState => owned(api.state.nashas, String(name));
  api.tasks.define("addPartition", ({ nas, partition }) => {
    nasOfTask(nas).partitions.push(partition as NasPartition);
  });
  api.tasks.define("resizePartition", ({ nas, name, size }) => {
    for (const p of nasOfTask(nas).partitions) if (p.partitionName === name) p.size = Number(size);
  });
  api.tasks.define("removePartition", ({ nas, name }) => {
    const state = nasOfTask(nas);
    state.partitions = state.partitions.filter((p) => p.partitionName !== name);
  });
}

function checkSize(nas: NasState, partition: NasPartition | undefined, size: number): void {
  const others = nas.partitions.filter((p) => p !== partition).reduce((sum, p) => sum + p.size, 0);
  if (size < 10 || others + size > nas.zpoolSize) {
    throw badRequest(`Invalid size ${size}: at least 10, at most ${nas.zpoolSize - others}`);
  }
}

const start = (api: Api, nas: NasState, name: string, act: string, args: object): object =>
  api.tasks.view(api.tasks.start("nasha", nas.name, name, { name: act, args: { nas: nas.name, ...args } }));

function accessRoutes(router: Router, api: Api, nasOf: NasOf, partitionOf: PartitionOf): void {
  const accessOf = (request: ApiRequest): NasPartition["accesses"][number] => {
    const ip = request.params.ip ?? "";
    const found = partitionOf(request).accesses.find((access) => access.ip === ip);
    if (!found) throw missing("ip", ip);
    return found;
  };
  router.on("GET", `${PARTITION}/access`, (request) => partitionOf(request).accesses.map(({ ip }) => ip));
  router.on("POST", `${PARTITION}/access`, "ip* type aclDescription", (request) => {
    const partition = partitionOf(request);
    const { type = "readwrite", aclDescription = "" } = request.body;
    const ip = canonicalBlock(String(request.body.ip));
    if (!ip) throw badRequest(`[ip] Given data (${request.body.ip}) is not valid for type ipBlock`);
    if (type !== "readonly" && type !== "readwrite") throw badRequest("type must be readonly or readwrite");
    if (partition.accesses.some((access) => access.ip === ip)) throw conflict(`There is an access for ${ip} already`);
    const access = { accessId: api.newId(), ip, type, aclDescription: String(aclDescription) };
    const args = { name: partition.partitionName, access };
    return start(api, nasOf(request), "clusterLeclercPartitionAccessAdd", "addNasAccess", args);
  });
  router.on("GET", `${PARTITION}/access/{ip}`, accessOf);
  router.on("DELETE", `${PARTITION}/access/{ip}`, (request) => {
    const args = { name: partitionOf(request).partitionName, ip: accessOf(request).ip };
    return start(api, nasOf(request), "clusterLeclercPartitionAccessDelete", "removeNasAccess", args);
  });
  const ofTask = (nas: unknown, name: unknown): NasPartition | undefined =>
    owned(api.state.nashas, String(nas)).partitions.find((p) => p.partitionName === name);
  api.tasks.define("addNasAccess", ({ nas, name, access }) => {
    ofTask(nas, name)?.accesses.push(access as NasPartition["accesses"][number]);
  });
  api.tasks.define("removeNasAccess", ({ nas, name, ip }) => {
    const partition = ofTask(nas, name);
    if (partition) partition.accesses = partition.accesses.filter((access) => access.ip !== ip);
  });
}

function snapshotRoutes(router: Router, api: Api, nasOf: NasOf, partitionOf: PartitionOf): void {
  const act = (request: ApiRequest, apply: { list: string; add?: unknown; remove?: string }): object => {
    const args = { name: partitionOf(request).partitionName, ...apply };
    return start(api, nasOf(request), "clusterLeclercSnapshotUpdate", "nasSnapshots", args);
  };
  router.on("GET", `${PARTITION}/snapshot`, (request) => partitionOf(request).snapshots);
  router.on("POST", `${PARTITION}/snapshot`, "snapshotType*", (request) => {
    const type = String(request.body.snapshotType);
    if (!SNAPSHOT_TYPES.includes(type)) throw badRequest(`snapshotType must be one of ${SNAPSHOT_TYPES.join(", ")}`);
    if (partitionOf(request).snapshots.includes(type)) throw conflict(`${type} is scheduled already`);
    return act(request, { list: "snapshots", add: type });
  });
  router.on("GET", `${PARTITION}/snapshot/{type}`, (request) => {
    const type = request.params.type ?? "";
    if (!partitionOf(request).snapshots.includes(type)) throw missing("snapshotType", type);
    return { snapshotType: type };
  });
  router.on("DELETE", `${PARTITION}/snapshot/{type}`, (request) => {
    const type = request.params.type ?? "";
    if (!partitionOf(request).snapshots.includes(type)) throw missing("snapshotType", type);
    return act(request, { list: "snapshots", remove: type });
  });
  router.on("GET", `${PARTITION}/customSnapshot`, (request) => partitionOf(request).customSnapshots.map((s) => s.name));
  router.on("POST", `${PARTITION}/customSnapshot`, "name* expiration", (request) => {
    const { name, expiration } = request.body;
    if (partitionOf(request).customSnapshots.some((s) => s.name === name)) throw conflict(`${name} exists already`);
    return act(request, { list: "customSnapshots", add: { name, ...(expiration ? { expiration } : {}) } });
  });
  const customOf = (request: ApiRequest): NasPartition["customSnapshots"][number] => {
    const found = partitionOf(request).customSnapshots.find(({ name }) => name === request.params.name);
    if (!found) throw missing("name", request.params.name ?? "");
    return found;
  };
  router.on("GET", `${PARTITION}/customSnapshot/{name}`, customOf);
  router.on("DELETE", `${PARTITION}/customSnapshot/{name}`, (request) =>
    act(request, { list: "customSnapshots", remove: customOf(request).name }),
  );
  api.tasks.define("nasSnapshots", ({ nas, name, list, add, remove }) => {
    const partition = owned(api.state.nashas, String(nas)).partitions.find((p) => p.partitionName === name);
    if (!partition) return;
    if (list === "snapshots") {
      partition.snapshots = partition.snapshots.filter((type) => type !== remove);
      if (add) partition.snapshots.push(String(add));
    } else {
      partition.customSnapshots = partition.customSnapshots.filter((snapshot) => snapshot.name !== remove);
      if (add) partition.customSnapshots.push(add as NasPartition["customSnapshots"][number]);
    }
  });
}

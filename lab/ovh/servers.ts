/** `/dedicated/server`: settings, boot, reboot, tasks. */
import { type Api, owned } from "./api";
import { backupStorageRoutes } from "./backup-storage";
import { badRequest, missing } from "./errors";
import { reinstallRoutes } from "./reinstall";
import type { ApiRequest, Router } from "./router";
import { VOID } from "./router";
import type { ServerState } from "./state";

interface Boot {
  bootId: number;
  bootType: string;
  kernel: string;
  description: string;
}

const BOOTS: readonly Boot[] = [
  { bootId: 1, bootType: "harddisk", kernel: "hd", description: "Boot from hard drive (no netboot)" },
  { bootId: 1122, bootType: "rescue", kernel: "rescue-customer", description: "Rescue system" },
  { bootId: 200, bootType: "power", kernel: "poweroff", description: "Power off the server" },
];

const isRescue = (server: ServerState): boolean =>
  BOOTS.find(({ bootId }) => bootId === server.bootId)?.bootType === "rescue";

/** Writable, and only remembered. */
const REMEMBERED = "bootScript efiBootloaderPath rescueMail rescueSshKey rootDevice state";

export function serverRoutes(router: Router, api: Api): void {
  const BASE = "/dedicated/server/{server}";
  const serverOf = ({ params }: ApiRequest): ServerState => owned(api.state.servers, params.server);

  router.on("GET", "/dedicated/server", () => Object.keys(api.state.servers));
  router.on("GET", BASE, (request) => view(api, serverOf(request)));
  router.on("PUT", BASE, `bootId:long monitoring:boolean noIntervention:boolean ${REMEMBERED}`, (request) => {
    const server = serverOf(request);
    const { bootId, monitoring, noIntervention, ...rest } = request.body;
    if (bootId !== undefined && bootId !== null) {
      if (!BOOTS.some((boot) => boot.bootId === bootId)) throw missing("bootId", String(bootId));
      server.bootId = bootId as number;
    }
    if (typeof monitoring === "boolean") server.monitoring = monitoring;
    if (typeof noIntervention === "boolean") server.noIntervention = noIntervention;
    Object.assign(server.settings, rest);
    return VOID;
  });

  router.on("GET", `${BASE}/boot`, (request) => {
    serverOf(request);
    const type = request.query.get("bootType");
    return BOOTS.filter(({ bootType }) => !type || bootType === type).map(({ bootId }) => bootId);
  });
  router.on("GET", `${BASE}/boot/{bootId}`, (request) => {
    serverOf(request);
    const boot = BOOTS.find(({ bootId }) => String(bootId) === request.params.bootId);
    if (!boot) throw missing("bootId", request.params.bootId ?? "");
    return boot;
  });
  router.on("POST", `${BASE}/reboot`, (request) => {
    const server = serverOf(request);
    if (api.tasks.open("server", server.name)) {
      throw badRequest("A task is already running on this server", "TaskAlreadyExists");
    }
    const act = { name: "rebootServer", args: { server: server.name } };
    return api.tasks.view(api.tasks.start("server", server.name, "hardReboot", act, "Reboot asked"));
  });
  api.tasks.define("rebootServer", async ({ server: name }) => {
    const server = api.state.servers[String(name)];
    if (server) await api.world.reboot(server.name, isRescue(server) ? "rescue" : "harddisk");
  });

  router.on("GET", `${BASE}/task`, (request) => {
    const [name, status] = [request.query.get("function"), request.query.get("status")];
    const tasks = api.tasks.of("server", serverOf(request).name);
    return tasks.filter((t) => (!name || t.function === name) && (!status || t.status === status)).map(({ id }) => id);
  });
  router.on("GET", `${BASE}/task/{id}`, (request) =>
    api.tasks.view(api.tasks.find("server", serverOf(request).name, request.params.id ?? "")),
  );
  router.on("GET", `${BASE}/ips`, (request) => {
    const { name } = serverOf(request);
    return Object.values(api.state.ips)
      .filter(({ routedTo }) => routedTo === name)
      .map(({ block }) => block);
  });
  router.on("GET", `${BASE}/virtualNetworkInterface`, (request) => [serverOf(request).interface]);
  router.on("GET", `${BASE}/virtualNetworkInterface/{uuid}`, (request) => {
    const server = serverOf(request);
    if (request.params.uuid !== server.interface) throw missing("uuid", request.params.uuid ?? "");
    const vrack = vracksOf(api, server)[0] ?? null;
    return { uuid: server.interface, mode: "vrack", name: "vrack", enabled: true, serverName: server.name, vrack };
  });
  router.on("GET", `${BASE}/vrack`, (request) => vracksOf(api, serverOf(request)));
  reinstallRoutes(router, api, serverOf);
  backupStorageRoutes(router, api, serverOf);
}

const vracksOf = (api: Api, server: ServerState): string[] =>
  Object.values(api.state.vracks)
    .filter(({ members }) =>
      [members.dedicatedServer, members.dedicatedServerInterface].some(
        (names) => names?.includes(server.name) || names?.includes(server.interface),
      ),
    )
    .map(({ name }) => name);

function view(api: Api, server: ServerState): object {
  const { name, ip, os, bootId, monitoring, noIntervention, settings } = server;
  const reverse = Object.values(api.state.ips).find(({ block }) => block === `${ip}/32`)?.reverse[ip] ?? null;
  return {
    serverId: 1,
    name,
    ip,
    os,
    reverse,
    bootId,
    monitoring,
    noIntervention,
    powerState: "poweron",
    state: "ok",
    region: "eu-west-lab",
    datacenter: "lab1",
    availabilityZone: "eu-west-lab-a",
    commercialRange: "advance",
    rack: "L01A01",
    linkSpeed: 1000,
    supportLevel: "pro",
    professionalUse: false,
    rootDevice: null,
    rescueMail: null,
    rescueSshKey: null,
    ...settings,
  };
}

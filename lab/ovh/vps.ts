/** `/vps`: settings, images, rebuild, tasks, reverse names. */
import { type Api, owned } from "./api";
import { badRequest, missing } from "./errors";
import { VPS_IMAGES } from "./images";
import type { ApiRequest, Router } from "./router";
import { VOID } from "./router";
import type { VpsState } from "./state";

const REBUILD = "reinstallVm";

export function vpsRoutes(router: Router, api: Api): void {
  const BASE = "/vps/{vps}";
  const vpsOf = ({ params }: ApiRequest): VpsState => owned(api.state.vps, params.vps);
  const image = (id: string): object => {
    const name = VPS_IMAGES[id];
    if (!name) throw missing("id", id);
    return { id, name };
  };

  router.on("GET", "/vps", () => Object.keys(api.state.vps));
  router.on("GET", BASE, (request) => {
    const { name, displayName, state } = vpsOf(request);
    return { name, displayName, state, zone: "os-lab1", netbootMode: "local", slaMonitoring: false, vcore: 2 };
  });
  router.on("PUT", BASE, "displayName netbootMode slaMonitoring:boolean keymap", (request) => {
    const vps = vpsOf(request);
    if (request.body.displayName !== undefined) vps.displayName = String(request.body.displayName);
    return VOID;
  });
  router.on("GET", `${BASE}/images/available`, (request) => {
    vpsOf(request);
    return Object.keys(VPS_IMAGES);
  });
  router.on("GET", `${BASE}/images/available/{id}`, (request) => {
    vpsOf(request);
    return image(request.params.id ?? "");
  });
  router.on("GET", `${BASE}/images/current`, (request) => image(vpsOf(request).image));

  const rebuild = "imageId* sshKey publicSshKey doNotSendPassword:boolean installRTM:boolean";
  router.on("POST", `${BASE}/rebuild`, rebuild, (request) => {
    const vps = vpsOf(request);
    const { imageId, publicSshKey, sshKey } = request.body;
    if (!VPS_IMAGES[String(imageId)]) throw badRequest(`The image ${imageId} is not available for this VPS`);
    if (sshKey !== undefined) throw badRequest(`The SSH key ${sshKey} does not exist in your account`);
    if (api.tasks.open("vps", vps.name)) throw badRequest("A task is already running on this VPS", "TaskAlreadyExists");
    vps.state = "installing";
    const args = { vps: vps.name, imageId, ...(publicSshKey === undefined ? {} : { publicSshKey }) };
    return api.tasks.view(api.tasks.start("vps", vps.name, REBUILD, { name: REBUILD, args }));
  });
  api.tasks.define(REBUILD, async ({ vps: name, imageId, publicSshKey }) => {
    const vps = owned(api.state.vps, String(name));
    const id = String(imageId);
    try {
      const key = publicSshKey === undefined ? {} : { sshKey: String(publicSshKey) };
      await api.world.reinstall(vps.name, { image: VPS_IMAGES[id] ?? id, ...key });
      vps.image = id;
    } finally {
      vps.state = "running";
    }
  });
  router.on("POST", `${BASE}/reboot`, (request) => {
    const vps = vpsOf(request);
    const act = { name: "rebootVps", args: { vps: vps.name } };
    return api.tasks.view(api.tasks.start("vps", vps.name, "rebootVm", act));
  });
  api.tasks.define("rebootVps", async ({ vps: name }) => api.world.reboot(String(name), "harddisk"));

  router.on("GET", `${BASE}/tasks`, (request) => {
    const [type, state] = [request.query.get("type"), request.query.get("state")];
    const tasks = api.tasks.of("vps", vpsOf(request).name);
    return tasks.filter((t) => (!type || t.function === type) && (!state || t.status === state)).map(({ id }) => id);
  });
  router.on("GET", `${BASE}/tasks/{id}`, (request) =>
    api.tasks.view(api.tasks.find("vps", vpsOf(request).name, request.params.id ?? "")),
  );
  router.on("GET", `${BASE}/ips`, (request) => vpsOf(request).ips);
  const ipOf = (request: ApiRequest): { vps: VpsState; ip: string } => {
    const vps = vpsOf(request);
    const ip = request.params.ip ?? "";
    if (!vps.ips.includes(ip)) throw missing("ipAddress", ip);
    return { vps, ip };
  };
  router.on("GET", `${BASE}/ips/{ip}`, (request) => {
    const { vps, ip } = ipOf(request);
    return {
      ipAddress: ip,
      type: "primary",
      version: ip.includes(":") ? "v6" : "v4",
      reverse: vps.reverse[ip] ?? null,
    };
  });
  router.on("PUT", `${BASE}/ips/{ip}`, "reverse", async (request) => {
    const { vps, ip } = ipOf(request);
    const name = String(request.body.reverse ?? "").replace(/\.$/, "");
    if (!(await api.world.resolves(name, ip))) throw badRequest(`${name} does not resolve to ${ip}`);
    await api.world.reverse(ip, name);
    vps.reverse[ip] = name;
    return VOID;
  });
}

/** `/dedicated/server/{server}/features/backupFTP`: the storage that comes with a server, and who may use it. */
import { canonicalBlock } from "./addresses";
import type { Api } from "./api";
import { badRequest, conflict, missing, notFound } from "./errors";
import type { ApiRequest, Router } from "./router";
import { VOID } from "./router";
import type { BackupStorageState, ServerState } from "./state";

export function backupStorageRoutes(router: Router, api: Api, serverOf: (request: ApiRequest) => ServerState): void {
  const BASE = "/dedicated/server/{server}/features/backupFTP";
  const storageOf = (request: ApiRequest): BackupStorageState => {
    const storage = serverOf(request).backupStorage;
    if (!storage) throw notFound("There is no backup storage for this server");
    return storage;
  };
  const task = (server: ServerState, name: string, act: string): object => {
    const args = { server: server.name };
    return api.tasks.view(api.tasks.start("server", server.name, name, { name: act, args }));
  };

  router.on("GET", BASE, (request) => {
    const { type } = storageOf(request);
    const quota = { unit: "GB", value: 500 };
    const name = `ftpback-lab-${serverOf(request).name}`;
    return { ftpBackupName: name, quota, usage: { unit: "%", value: 0 }, type, readOnlyDate: null };
  });
  router.on("POST", BASE, (request) => {
    const server = serverOf(request);
    if (server.backupStorage) throw conflict("The backup storage is activated already");
    return task(server, "createBackupFTP", "createStorage");
  });
  router.on("DELETE", BASE, (request) => {
    storageOf(request);
    return task(serverOf(request), "removeBackupFTP", "destroyStorage");
  });
  router.on("GET", `${BASE}/authorizableBlocks`, (request) => {
    storageOf(request);
    return blocks(api);
  });

  router.on("GET", `${BASE}/access`, (request) => storageOf(request).accesses.map(({ ipBlock }) => ipBlock));
  router.on("POST", `${BASE}/access`, "ipBlock* nfs*:boolean cifs*:boolean ftp:boolean", (request) => {
    const storage = storageOf(request);
    const ipBlock = canonicalBlock(String(request.body.ipBlock));
    if (!ipBlock || !blocks(api).includes(ipBlock)) {
      throw badRequest(`The block ${request.body.ipBlock} is not one of this account's`);
    }
    if (storage.accesses.some((access) => access.ipBlock === ipBlock)) {
      throw conflict(`There is an access for ${ipBlock} already`);
    }
    const { nfs, cifs, ftp } = request.body;
    storage.accesses.push({ ipBlock, ftp: ftp === true, nfs: nfs === true, cifs: cifs === true, isApplied: false });
    return task(serverOf(request), "addBackupFTPAccess", "openStorage");
  });
  const accessOf = (request: ApiRequest): BackupStorageState["accesses"][number] => {
    const ipBlock = request.params.block ?? "";
    const access = storageOf(request).accesses.find((candidate) => candidate.ipBlock === ipBlock);
    if (!access) throw missing("ipBlock", ipBlock);
    return access;
  };
  router.on("GET", `${BASE}/access/{block}`, (request) => ({ ...accessOf(request), lastUpdate: null }));
  router.on("PUT", `${BASE}/access/{block}`, "nfs:boolean cifs:boolean ftp:boolean", (request) => {
    Object.assign(accessOf(request), request.body, { isApplied: false });
    task(serverOf(request), "updateBackupFTPAccess", "openStorage");
    return VOID;
  });
  router.on("DELETE", `${BASE}/access/{block}`, (request) => {
    const access = accessOf(request);
    const storage = storageOf(request);
    storage.accesses = storage.accesses.filter((other) => other !== access);
    return task(serverOf(request), "removeBackupFTPAccess", "openStorage");
  });

  api.tasks.define("createStorage", async ({ server: name }) => {
    const server = api.state.servers[String(name)];
    if (!server) return;
    await api.world.openStorage(server.name, []);
    server.backupStorage = { type: "included", accesses: [] };
  });
  api.tasks.define("destroyStorage", async ({ server: name }) => {
    const server = api.state.servers[String(name)];
    if (!server) return;
    await api.world.destroyStorage(server.name);
    delete server.backupStorage;
  });
  api.tasks.define("openStorage", async ({ server: name }) => {
    const storage = api.state.servers[String(name)]?.backupStorage;
    if (!storage) return;
    const wanted = [...storage.accesses];
    await api.world.openStorage(
      String(name),
      wanted.map(({ isApplied: _, ...access }) => access),
    );
    for (const access of wanted) access.isApplied = true;
  });
}

/** Blocks that may be given access: the account's own, and each address of its servers. */
const blocks = (api: Api): string[] => [
  ...new Set([...Object.keys(api.state.ips), ...Object.values(api.state.servers).map(({ ip }) => `${ip}/32`)]),
];

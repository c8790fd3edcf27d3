import type { MemoryWorld } from "../../../lab/ovh/memory-world";
import type { FakeOvh } from "../../../lab/ovh/server";
import { type Answer, call, quickFake } from "./client";

let fake: FakeOvh;
let world: MemoryWorld;
let get: (path: string) => Promise<Answer["json"]>;
const post = (path: string, body?: object): Promise<Answer> => call(fake, "POST", path, body);

beforeEach(async () => {
  ({ fake, world, get } = await quickFake({
    account: {
      servers: { srv1: { ip: "192.0.2.1" }, srv2: { ip: "192.0.2.2", backupStorage: true } },
      additionalIps: { "198.51.100.8": undefined },
      vps: { "vps-1": { ip: "192.0.2.3" } },
      vracks: ["pn-1"],
      nashas: { "zpool-1": { ip: "10.0.0.9", zpoolSize: 1000 } },
      projects: { p1: ["GRA", "SBG"] },
    },
  }));
});
afterEach(() => fake.close());

const SERVER = "/dedicated/server/srv1";
const install = (more: object = {}): Promise<Answer> =>
  post(`${SERVER}/reinstall`, { operatingSystem: "debian13_64", ...more });

test("a reinstallation goes through its states, and what it was given reaches the world", async () => {
  fake.settings.delay = 500; // what is on its way is looked at, however busy this machine is
  expect(await get(`${SERVER}/install/compatibleTemplates`)).toMatchObject({
    ovh: expect.arrayContaining(["debian13_64"]),
    personal: [],
  });
  const script = "#!/bin/sh\necho hello\n";
  const postInstallationScript = Buffer.from(script).toString("base64");
  const sshKey = "ssh-ed25519 AAAA me";
  const task = (await install({ customizations: { hostname: "srv1.example.org", sshKey, postInstallationScript } }))
    .json;
  expect(task).toMatchObject({ function: "reinstallServer", status: "init", doneDate: null });
  expect((await install()).json).toMatchObject({ class: "Client::BadRequest::TaskAlreadyExists" });
  expect(await get(`${SERVER}/install/status`)).toMatchObject({ progress: [{ status: "todo" }] });
  await fake.idle();
  expect(await get(`${SERVER}/task/${task.taskId}`)).toMatchObject({ status: "done", doneDate: expect.any(String) });
  const installed = { image: "debian13_64", hostname: "srv1.example.org", sshKey, postInstallationScript: script };
  expect(world.installed.get("srv1")).toEqual(installed);
  expect(await get(SERVER)).toMatchObject({ os: "debian13_64" });
  expect((await call(fake, "GET", `${SERVER}/install/status`)).status).toBe(404);
  fake.settings.purgeAfter = 0;
  const purged = await call(fake, "GET", `${SERVER}/task/${task.taskId}`);
  expect([purged.status, purged.json.message]).toEqual([
    404,
    `The requested object (taskId = ${task.taskId}) does not exist`,
  ]);
});

const root = { fileSystem: "ext4", mountPoint: "/", size: 0 };
test.each([
  [{ operatingSystem: "debian14_64" }, 404, "Client::NotFound::OperatingSystem"],
  [{ operatingSystem: "win2022-std_64" }, 409, "Client::Conflict::OperatingSystemIncompatible"],
  [{ customizations: { hostname: "srv_1" } }, 400, "Client::BadRequest::HostnameInvalidFormat"],
  [{ customizations: { sshKeys: "x" } }, 400, "Client::BadRequest"],
  [{ storage: [{}, {}] }, 501, "Server::NotImplemented"],
  [{ storage: [{ diskGroupId: 7 }] }, 404, "Client::NotFound::DiskGroup"],
  [{ storage: [{ partitioning: { schemeName: "mine" } }] }, 404, "Client::NotFound::SchemeName"],
  [{ storage: [{ partitioning: { layout: [{ ...root, mountPoint: "/home" }] } }] }, 400, /BadRequest::Partition/],
  [{ storage: [{ partitioning: { layout: [{ ...root, fileSystem: "ext9" }] } }] }, 400, /BadRequest::Partition/],
  [{ storage: [{ partitioning: { layout: [root, { ...root, mountPoint: "/var" }] } }] }, 400, /BadRequest::Partition/],
])("a reinstallation with %j is refused", async (wrong, status, kind) => {
  const answer = await install(wrong);
  expect(answer.status).toBe(status);
  expect(answer.json.class).toMatch(kind);
  expect(world.events).toEqual([]);
});

test("settings of a server: part of them may be given; rescue is a boot and a reboot", async () => {
  expect((await call(fake, "PUT", SERVER, { bootId: 5 })).status).toBe(404);
  const [rescue] = await get(`${SERVER}/boot?bootType=rescue`);
  await call(fake, "PUT", SERVER, { bootId: rescue });
  expect(await get(SERVER)).toMatchObject({ bootId: rescue, monitoring: true });
  await call(fake, "PUT", SERVER, { monitoring: false });
  expect(await get(SERVER)).toMatchObject({ bootId: rescue, monitoring: false });
  expect((await post(`${SERVER}/reboot`)).json.function).toBe("hardReboot");
  expect((await install()).json.class).toBe("Client::Conflict::DisturbAlreadyExists");
  await fake.idle();
  expect(world.events).toEqual(["reboot srv1 rescue"]);
  expect((await call(fake, "PUT", SERVER, { reverse: "x" })).status).toBe(400);
});

test("backup storage: absent, made by a task; access applied later and for our addresses only", async () => {
  const feature = `${SERVER}/features/backupFTP`;
  expect((await call(fake, "GET", feature)).status).toBe(404);
  await post(feature);
  await fake.idle();
  expect(await get(feature)).toMatchObject({ type: "included", quota: { unit: "GB" } });
  const access = (ipBlock: string) => post(`${feature}/access`, { ipBlock, nfs: false, cifs: false, ftp: true });
  expect((await access("203.0.113.1/32")).status).toBe(400);
  fake.settings.delay = 500; // what is on its way is looked at, however busy this machine is
  await access("192.0.2.1/32");
  const item = `${feature}/access/192.0.2.1%2F32`;
  expect(await get(item)).toMatchObject({ isApplied: false, ftp: true });
  await fake.idle();
  expect(await get(item)).toMatchObject({ isApplied: true });
  expect(world.storages.get("srv1")).toEqual([{ ipBlock: "192.0.2.1/32", ftp: true, nfs: false, cifs: false }]);
  await call(fake, "PUT", item, { cifs: true });
  expect(await get(item)).toMatchObject({ isApplied: false, cifs: true, ftp: true });
  expect((await call(fake, "DELETE", item)).json.function).toBe("removeBackupFTPAccess");
  await fake.idle();
  expect(world.storages.get("srv1")).toEqual([]);
  await call(fake, "DELETE", feature);
  await fake.idle();
  expect(world.storages.has("srv1")).toBe(false);
  expect(await get("/dedicated/server/srv2/features/backupFTP/authorizableBlocks")).toContain("198.51.100.8/32");
});

test("a VPS is rebuilt with an image of its list and a public key", async () => {
  fake.settings.delay = 500; // what is on its way is looked at, however busy this machine is
  const ids: string[] = await get("/vps/vps-1/images/available");
  const images = await Promise.all(ids.map((id) => get(`/vps/vps-1/images/available/${id}`)));
  const debian = images.find(({ name }) => name === "Debian 13");
  expect((await post("/vps/vps-1/rebuild", { imageId: "debian13" })).status).toBe(400);
  const task = (await post("/vps/vps-1/rebuild", { imageId: debian.id, publicSshKey: "ssh-ed25519 AAAA" })).json;
  expect(task).toMatchObject({ state: "todo", progress: 0, id: expect.any(Number) });
  expect(await get("/vps/vps-1")).toMatchObject({ state: "installing" });
  await fake.idle();
  expect(await get(`/vps/vps-1/tasks/${task.id}`)).toMatchObject({ state: "done", progress: 100 });
  expect(await get("/vps/vps-1")).toMatchObject({ state: "running" });
  expect(world.installed.get("vps-1")).toEqual({ image: "Debian 13", sshKey: "ssh-ed25519 AAAA" });
  world.forward.add("v.example.org 192.0.2.3");
  expect((await call(fake, "PUT", "/vps/vps-1/ips/192.0.2.3", { reverse: "w.example.org" })).status).toBe(400);
  await call(fake, "PUT", "/vps/vps-1/ips/192.0.2.3", { reverse: "v.example.org" });
  expect(await get("/vps/vps-1/ips/192.0.2.3")).toMatchObject({ reverse: "v.example.org" });
});

test("a finished task of a vRack is not found: that means complete", async () => {
  const { dedicatedServerInterface } = await get("/vrack/pn-1/allowedServices");
  const [first] = dedicatedServerInterface;
  fake.settings.delay = 500;
  const body = { dedicatedServerInterface: first.dedicatedServerInterface };
  const task = (await post("/vrack/pn-1/dedicatedServerInterface", body)).json;
  expect(await get(`/vrack/pn-1/task/${task.id}`)).toMatchObject({ status: "init" });
  await fake.idle();
  expect((await call(fake, "GET", `/vrack/pn-1/task/${task.id}`)).status).toBe(404);
  expect(await get("/vrack/pn-1/dedicatedServerInterface")).toEqual([first.dedicatedServerInterface]);
  expect(await get(`/dedicated/server/${first.dedicatedServer}/vrack`)).toEqual(["pn-1"]);
  expect((await post("/vrack/pn-1/dedicatedServerInterface", body)).status).toBe(409);
  await post("/vrack/pn-1/ip", { block: "198.51.100.8/32" });
  await fake.idle();
  expect(await get("/vrack/pn-1/ip/198.51.100.8%2F32")).toMatchObject({ ip: "198.51.100.8/32" });
  await call(fake, "DELETE", "/vrack/pn-1/ip/198.51.100.8%2F32");
  await fake.idle();
  expect(await get("/vrack/pn-1/ip")).toEqual([]);
});

test("NAS-HA: partition, size, access and snapshots come by tasks", async () => {
  const nas = "/dedicated/nasha/zpool-1";
  expect((await post(`${nas}/partition`, { partitionName: "mail", protocol: "NFS", size: 2000 })).status).toBe(400);
  const task = (await post(`${nas}/partition`, { partitionName: "mail", protocol: "NFS", size: 100 })).json;
  expect(task).toMatchObject({ status: "init", taskId: expect.any(Number) });
  await fake.idle();
  const partition = `${nas}/partition/mail`;
  await call(fake, "PUT", partition, { size: 200, partitionDescription: "mail" });
  await fake.idle();
  expect(await get(partition)).toMatchObject({ size: 200, partitionDescription: "mail", protocol: "NFS" });
  await post(`${partition}/access`, { ip: "192.0.2.1", type: "readwrite" });
  await post(`${partition}/snapshot`, { snapshotType: "day-1" });
  await post(`${partition}/customSnapshot`, { name: "before", expiration: "2030-01-01T00:00:00Z" });
  await fake.idle();
  expect(await get(`${partition}/access/192.0.2.1%2F32`)).toMatchObject({ type: "readwrite" });
  expect(await get(`${partition}/snapshot`)).toEqual(["day-1"]);
  expect(await get(`${partition}/customSnapshot/before`)).toMatchObject({ expiration: "2030-01-01T00:00:00Z" });
  expect((await post(`${partition}/snapshot`, { snapshotType: "month-1" })).status).toBe(400);
  await call(fake, "DELETE", `${partition}/access/192.0.2.1%2F32`);
  await call(fake, "DELETE", `${partition}/snapshot/day-1`);
  await fake.idle();
  expect([await get(`${partition}/access`), await get(`${partition}/snapshot`)]).toEqual([[], []]);
  await call(fake, "DELETE", partition);
  await fake.idle();
  expect(await get(`${nas}/partition`)).toEqual([]);
});

test("containers: locks are for ever, whole weeks are read in weeks, only empty ones go", async () => {
  const storage = "/cloud/project/p1/region/GRA/storage";
  const objectLock = { status: "enabled", rule: { mode: "governance", period: "P7D" } };
  const made = await post(storage, { name: "backup-1", objectLock });
  expect(made.json).toMatchObject({
    name: "backup-1",
    virtualHost: "https://backup-1.s3.gra.io.cloud.ovh.net/",
    versioning: { status: "enabled" },
    objectLock: { rule: { period: "P1W" } },
  });
  expect((await post(storage, { name: "backup-1" })).status).toBe(409);
  expect((await post(storage, { name: "Backup_1" })).status).toBe(400);
  expect((await post("/cloud/project/p1/region/XXX/storage", { name: "other" })).status).toBe(404);
  expect((await call(fake, "PUT", `${storage}/backup-1`, { objectLock: { status: "disabled" } })).status).toBe(400);
  await post(storage, { name: "plain" });
  expect((await call(fake, "PUT", `${storage}/plain`, { objectLock })).status).toBe(400);
  fake.state.projects.p1?.containers[0]?.objects.push({ key: "k", versionId: "1" });
  expect((await call(fake, "DELETE", `${storage}/backup-1`)).status).toBe(409);
  await post(`${storage}/backup-1/bulkDeleteObjects`, { objects: [{ key: "k", versionId: "1" }] });
  expect((await call(fake, "DELETE", `${storage}/backup-1`)).status).toBe(200);
  expect((await call(fake, "GET", `${storage}/backup-1`)).status).toBe(404);
});

test("users: the password once, credentials when ready, a policy in JSON", async () => {
  fake.settings.delay = 500; // what is on its way is looked at, however busy this machine is
  const user = (await post("/cloud/project/p1/user", { description: "backup", role: "objectstore_operator" })).json;
  const path = `/cloud/project/p1/user/${user.id}`;
  expect(user).toMatchObject({ status: "creating", password: expect.any(String) });
  expect((await post(`${path}/s3Credentials`)).status).toBe(400);
  await fake.idle();
  const shown = await get(path);
  expect(shown).toMatchObject({ status: "ok", roles: [{ name: "objectstore_operator" }] });
  expect(shown).not.toHaveProperty("password");
  const { access, secret } = (await post(`${path}/s3Credentials`)).json;
  expect(await get(`${path}/s3Credentials`)).toEqual([{ access, tenantId: "p1", userId: String(user.id) }]);
  expect((await post(`${path}/s3Credentials/${access}/secret`)).json).toEqual({ secret });
  expect((await post(`${path}/policy`, { policy: "{}" })).status).toBe(400);
  const policy = JSON.stringify({ Statement: [] });
  await post(`${path}/policy`, { policy });
  expect(await get(`${path}/policy`)).toEqual({ policy });
  expect((await post("/cloud/project/p1/user", { role: "king" })).status).toBe(400);
  await call(fake, "DELETE", path);
  expect(await get(path)).toMatchObject({ status: "deleting" });
  await fake.idle();
  expect((await call(fake, "GET", path)).status).toBe(404);
});

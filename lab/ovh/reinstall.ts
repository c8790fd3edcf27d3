/** `/dedicated/server/{server}/reinstall` and its catalogue: what is checked before a disk is erased. */
import { type Api, owned } from "./api";
import { isoNow } from "./dates";
import { ApiError, badRequest, conflict, notFound } from "./errors";
import { IMAGES } from "./images";
import type { ApiRequest, Router } from "./router";
import type { ServerState } from "./state";
import type { Installation } from "./world";

const REINSTALL = "reinstallServer";
const DISK_GROUP = 1;
const HOSTNAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const FILE_SYSTEMS = [
  "btrfs",
  "ext3",
  "ext4",
  "fat16",
  "none",
  "ntfs",
  "reiserfs",
  "swap",
  "ufs",
  "vmfs",
  "xfs",
  "zfs",
];

interface Partition {
  fileSystem?: unknown;
  mountPoint?: unknown;
  size?: unknown;
}

interface Storage {
  diskGroupId?: number;
  partitioning?: { schemeName?: string; disks?: number; layout?: Partition[] };
}

const CUSTOMIZATIONS = new Set(
  (
    "configDriveMetadata configDriveUserData efiBootloaderPath hostname httpHeaders imageCheckSum imageCheckSumType " +
    "imageType imageURL language postInstallationScript postInstallationScriptExtension sshKey"
  ).split(" "),
);

export function reinstallRoutes(router: Router, api: Api, serverOf: (request: ApiRequest) => ServerState): void {
  const BASE = "/dedicated/server/{server}";
  const fields = "operatingSystem* customizations:object storage:array properties:object";
  router.on("POST", `${BASE}/reinstall`, fields, (request) => {
    const server = serverOf(request);
    const { operatingSystem, customizations = {}, storage = [] } = request.body;
    checkImage(String(operatingSystem));
    checkStorage(storage as Storage[]);
    const installation = checkCustomizations(String(operatingSystem), customizations as Record<string, unknown>);
    if (api.tasks.open("server", server.name, REINSTALL)) {
      throw badRequest("A reinstallation of this server is already under way", "TaskAlreadyExists");
    }
    if (api.tasks.open("server", server.name)) {
      throw conflict("Another task disturbs the reinstallation of this server", "DisturbAlreadyExists");
    }
    const act = { name: REINSTALL, args: { server: server.name, installation } };
    return api.tasks.view(api.tasks.start("server", server.name, REINSTALL, act, "Start dedicated server reinstall"));
  });
  api.tasks.define(REINSTALL, async ({ server: name, installation }) => {
    const server = owned(api.state.servers, String(name));
    await api.world.reinstall(server.name, installation as Installation);
    server.os = (installation as Installation).image;
    server.bootId = 1;
  });

  router.on("GET", `${BASE}/install/status`, (request) => {
    const task = api.tasks.open("server", serverOf(request).name, REINSTALL);
    if (!task) throw notFound("Server is not being installed or reinstalled at the moment");
    const status = task.status === "doing" ? "doing" : "todo";
    const elapsedTime = Math.round((Date.now() - Date.parse(task.started)) / 1000);
    return { elapsedTime, progress: [{ comment: "Installing the system", status, error: "" }] };
  });
  router.on("GET", `${BASE}/install/compatibleTemplates`, (request) => {
    serverOf(request);
    return { ovh: IMAGES.filter((image) => image.compatible).map((image) => image.templateName), personal: [] };
  });
  router.on("GET", `${BASE}/install/compatibleTemplatePartitionSchemes`, () => ["default"]);
  router.on("GET", `${BASE}/specifications/hardware`, (request) => {
    serverOf(request);
    const disk = { numberOfDisks: 2, diskType: "NVMe", diskSize: { unit: "GB", value: 960 } };
    return { diskGroups: [{ diskGroupId: DISK_GROUP, ...disk }], numberOfProcessors: 1, bootMode: "uefi" };
  });
  router.on("GET", "/dedicated/installationTemplate", () => IMAGES.map((image) => image.templateName));
  const info = ({ templateName, description }: (typeof IMAGES)[number]): object => ({
    templateName,
    description,
    distribution: templateName.split("_")[0],
    category: "basic",
    family: templateName.startsWith("win") ? "windows" : "linux",
    lastModification: isoNow(),
  });
  router.on("GET", "/dedicated/installationTemplate/templateInfos", () => IMAGES.map(info));
  router.on("GET", "/dedicated/installationTemplate/{template}", ({ params }) => {
    const image = IMAGES.find(({ templateName }) => templateName === params.template);
    if (!image) throw notFound();
    return info(image);
  });
}

function checkImage(name: string): void {
  const image = IMAGES.find(({ templateName }) => templateName === name);
  if (!image) throw notFound(`The operating system ${name} does not exist`, "OperatingSystem");
  if (!image.compatible) {
    throw conflict(`The operating system ${name} is not compatible with this server`, "OperatingSystemIncompatible");
  }
}

function checkStorage(storage: Storage[]): void {
  if (storage.length > 1) throw new ApiError(501, "Several disk groups are not supported yet");
  const [group] = storage;
  if (group?.diskGroupId !== undefined && group.diskGroupId !== 0 && group.diskGroupId !== DISK_GROUP) {
    throw notFound(`The disk group ${group.diskGroupId} does not exist`, "DiskGroup");
  }
  const partitioning = group?.partitioning;
  if (partitioning?.schemeName !== undefined && partitioning.schemeName !== "default") {
    throw notFound(`The partition scheme ${partitioning.schemeName} does not exist`, "SchemeName");
  }
  const layout = partitioning?.layout;
  if (!layout) return;
  const points = layout.map(({ mountPoint }) => mountPoint);
  for (const { fileSystem, mountPoint, size } of layout) {
    if (!FILE_SYSTEMS.includes(String(fileSystem))) {
      throw badRequest(`Invalid file system ${fileSystem}`, "PartitionFileSystemInvalid");
    }
    if (typeof mountPoint !== "string" || !/^(\/|swap$)/.test(mountPoint)) {
      throw badRequest(`Invalid mount point ${mountPoint}`, "PartitionMountPointInvalid");
    }
    if (size !== undefined && (!Number.isInteger(size) || Number(size) < 0)) {
      throw badRequest(`Invalid size ${size} for ${mountPoint}`, "PartitionSizeInvalid");
    }
  }
  if (new Set(points).size !== points.length) {
    throw badRequest("A mount point is used twice", "PartitionMountPointDuplicate");
  }
  if (!points.includes("/")) throw badRequest("There is no partition for /", "PartitionMountPointMissing");
  if (layout.filter(({ size }) => size === 0).length > 1) {
    throw badRequest("Only one partition can take the remaining space", "PartitionSizeInvalid");
  }
}

function checkCustomizations(image: string, given: Record<string, unknown>): Installation {
  const unknown = Object.keys(given).filter((name) => !CUSTOMIZATIONS.has(name));
  if (unknown.length > 0) throw badRequest(`Received not described parameters: (${unknown.join(", ")})`);
  const text = (name: string): string | undefined => (given[name] === undefined ? undefined : String(given[name]));
  const [hostname, sshKey, script] = [text("hostname"), text("sshKey"), text("postInstallationScript")];
  if (hostname !== undefined && !HOSTNAME.test(hostname)) {
    throw badRequest(`The hostname ${hostname} is not valid`, "HostnameInvalidFormat");
  }
  if (sshKey !== undefined && !/^(ssh-(ed25519|rsa)|ecdsa-sha2-\S+) \S+/.test(sshKey)) {
    throw badRequest("The SSH key is not valid", "SshKeyInvalidFormat");
  }
  return {
    image,
    ...(hostname === undefined ? {} : { hostname }),
    ...(sshKey === undefined ? {} : { sshKey }),
    ...(script === undefined ? {} : { postInstallationScript: plainScript(script) }),
  };
}

/** Scripts come plain or, as advised, in base64. */
function plainScript(script: string): string {
  if (script.startsWith("#!") || !/^[A-Za-z0-9+/\s]+=*\s*$/.test(script)) return script;
  return Buffer.from(script, "base64").toString("utf8");
}

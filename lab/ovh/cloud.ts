/** `/cloud/project/{project}/region/{region}/storage`: S3 containers. */
import { type Api, owned } from "./api";
import type { CloudProject, Container } from "./cloud-types";
import { userRoutes } from "./cloud-users";
import { isoNow } from "./dates";
import { badRequest, conflict, missing } from "./errors";
import type { ApiRequest, Router } from "./router";
import { VOID } from "./router";

const NAME = /^(?=.{3,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

export function cloudRoutes(router: Router, api: Api): void {
  const BASE = "/cloud/project/{project}";
  const STORAGE = `${BASE}/region/{region}/storage`;
  const projectOf = ({ params }: ApiRequest): CloudProject => owned(api.state.projects, params.project);
  const regionOf = (request: ApiRequest): string => {
    const region = request.params.region ?? "";
    if (!projectOf(request).regions.includes(region)) throw missing("regionName", region);
    return region;
  };
  const containerOf = (request: ApiRequest): Container => {
    const region = regionOf(request);
    const name = request.params.name ?? "";
    const found = projectOf(request).containers.find((c) => c.name === name && c.region === region);
    if (!found) throw missing("name", name);
    return found;
  };

  router.on("GET", "/cloud/project", () => Object.keys(api.state.projects));
  router.on("GET", BASE, (request) => ({ project_id: projectOf(request).id, status: "ok", description: "lab" }));
  router.on("GET", `${BASE}/region`, (request) => projectOf(request).regions);
  router.on("GET", STORAGE, (request) => {
    const region = regionOf(request);
    return projectOf(request)
      .containers.filter((container) => container.region === region)
      .map(view);
  });
  const settings = "versioning:object objectLock:object encryption:object replication:object tags:object";
  router.on("POST", STORAGE, `name* ownerId:long lifecycle:object ${settings}`, (request) => {
    const [project, region] = [projectOf(request), regionOf(request)];
    const { name, ownerId = 0 } = request.body;
    if (!NAME.test(String(name))) throw badRequest(`Invalid container name ${name}`);
    const taken = Object.values(api.state.projects).some((p) => p.containers.some((c) => c.name === name));
    if (taken) throw conflict(`The container ${name} exists already`);
    const container: Container = {
      ...{ name: String(name), region, ownerId: Number(ownerId), createdAt: isoNow() },
      ...{ versioning: { status: "disabled" }, encryption: { sseAlgorithm: "plaintext" }, tags: {}, objects: [] },
    };
    change(container, request.body, true);
    project.containers.push(container);
    return view(container);
  });
  router.on("GET", `${STORAGE}/{name}`, (request) => view(containerOf(request)));
  router.on("PUT", `${STORAGE}/{name}`, settings, (request) => {
    change(containerOf(request), request.body, false);
    return VOID;
  });
  router.on("DELETE", `${STORAGE}/{name}`, (request) => {
    const [project, container] = [projectOf(request), containerOf(request)];
    if (container.objects.length > 0) throw conflict(`The container ${container.name} is not empty`);
    project.containers = project.containers.filter((other) => other !== container);
    return VOID;
  });
  router.on("GET", `${STORAGE}/{name}/object`, (request) => containerOf(request).objects.slice(0, 1000));
  router.on("POST", `${STORAGE}/{name}/bulkDeleteObjects`, "objects*:array", (request) => {
    const container = containerOf(request);
    const gone = request.body.objects as Container["objects"];
    container.objects = container.objects.filter(
      ({ key, versionId }) => !gone.some((one) => one.key === key && (!one.versionId || one.versionId === versionId)),
    );
    return VOID;
  });
  router.on("GET", `${STORAGE}/{name}/lifecycle`, (request) => containerOf(request).lifecycle ?? { rules: [] });
  router.on("PUT", `${STORAGE}/{name}/lifecycle`, "rules*:array", (request) => {
    containerOf(request).lifecycle = request.body;
    return VOID;
  });
  router.on("DELETE", `${STORAGE}/{name}/lifecycle`, (request) => {
    delete containerOf(request).lifecycle;
    return VOID;
  });
  userRoutes(router, api);
}

/** Endpoint and virtual host as OVH names them. */
function view({ objects, lifecycle: _, ...container }: Container): object {
  const virtualHost = `https://${container.name}.s3.${container.region.toLowerCase()}.io.cloud.ovh.net/`;
  return { ...container, virtualHost, objectsCount: objects.length, objectsSize: 0 };
}

function change(container: Container, body: Record<string, unknown>, isNew: boolean): void {
  const wanted = body as Partial<Pick<Container, "versioning" | "objectLock" | "encryption" | "replication" | "tags">>;
  if (wanted.versioning && !["enabled", "disabled", "suspended"].includes(wanted.versioning.status)) {
    throw badRequest(`Invalid versioning status ${wanted.versioning.status}`);
  }
  if (wanted.encryption && !["AES256", "plaintext"].includes(wanted.encryption.sseAlgorithm)) {
    throw badRequest(`Invalid sseAlgorithm ${wanted.encryption.sseAlgorithm}`);
  }
  const locked = container.objectLock?.status === "enabled";
  if (wanted.objectLock) {
    const enable = wanted.objectLock.status === "enabled";
    if (locked && !enable) throw badRequest("Object lock cannot be disabled");
    if (enable && !locked && !isNew) throw badRequest("Object lock can only be enabled when the container is created");
    const rule = wanted.objectLock.rule;
    if (rule && !["governance", "compliance"].includes(rule.mode)) throw badRequest(`Invalid lock mode ${rule.mode}`);
    container.objectLock = {
      status: wanted.objectLock.status,
      ...(rule ? { rule: { mode: rule.mode, period: wholeWeeks(rule.period) } } : {}),
    };
    // A lock needs versions.
    if (enable) container.versioning = { status: "enabled" };
  }
  if (wanted.versioning) container.versioning = wanted.versioning;
  if (wanted.encryption) container.encryption = wanted.encryption;
  if (wanted.replication) container.replication = wanted.replication;
  if (wanted.tags) container.tags = wanted.tags;
}

/** Periods of whole weeks are read back in weeks: P7D becomes P1W. */
function wholeWeeks(period: string): string {
  const days = /^P(\d+)D$/.exec(period)?.[1];
  if (!/^P(\d+[DWMY])+$/.test(period)) throw badRequest(`Invalid period ${period}`);
  return days && Number(days) % 7 === 0 ? `P${Number(days) / 7}W` : period;
}

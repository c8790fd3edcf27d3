/** `/cloud/project/{project}/user`: users, S3 credentials, policies, roles. */
import { randomBytes } from "node:crypto";
import { type Api, owned } from "./api";
import type { CloudProject, CloudUser } from "./cloud-types";
import { isoNow } from "./dates";
import { badRequest, missing } from "./errors";
import type { ApiRequest, Router } from "./router";
import { VOID } from "./router";

const ROLES = [
  ["administrator", "Administrator"],
  ["objectstore_operator", "ObjectStore operator"],
  ["network_operator", "Network operator"],
  ["backup_operator", "Backup operator"],
].map(([name = "", description = ""], index) => ({ id: String(index + 1), name, description, permissions: [] }));

const random = (bytes: number): string => randomBytes(bytes).toString("hex");

export function userRoutes(router: Router, api: Api): void {
  const BASE = "/cloud/project/{project}";
  const projectOf = ({ params }: ApiRequest): CloudProject => owned(api.state.projects, params.project);
  const userOf = (request: ApiRequest): CloudUser => {
    const user = projectOf(request).users.find(({ id }) => String(id) === request.params.user);
    if (!user) throw missing("userId", request.params.user ?? "");
    return user;
  };
  /** A change of a user that shows after the delay of one state. */
  const later = (project: CloudProject, user: CloudUser): void => {
    const args = { project: project.id, user: user.id };
    api.tasks.start("server", `cloud:${project.id}`, "user", { name: "cloudUser", args });
  };
  router.on("GET", `${BASE}/role`, (request) => {
    projectOf(request);
    return { roles: ROLES, services: [] };
  });
  router.on("GET", `${BASE}/user`, (request) => projectOf(request).users.map(view));
  router.on("POST", `${BASE}/user`, "description role roles:array", (request) => {
    const project = projectOf(request);
    const { description = "", role, roles = [] } = request.body;
    const wanted = [...(role === undefined ? [] : [String(role)]), ...(roles as unknown[]).map(String)];
    const unknown = wanted.filter((name) => !ROLES.some((known) => known.name === name));
    if (unknown.length > 0) throw badRequest(`Unknown role: ${unknown.join(", ")}`);
    const user: CloudUser = {
      ...{ id: api.newId(), username: `user-${random(6)}`, description: String(description), roles: wanted },
      ...{ status: "creating", creationDate: isoNow(), credentials: [] },
    };
    project.users.push(user);
    later(project, user);
    // The password is shown here, and never again.
    return { ...view(user), password: random(16) };
  });
  router.on("GET", `${BASE}/user/{user}`, (request) => view(userOf(request)));
  router.on("DELETE", `${BASE}/user/{user}`, (request) => {
    const user = userOf(request);
    user.status = "deleting";
    later(projectOf(request), user);
    return VOID;
  });
  api.tasks.define("cloudUser", ({ project: id, user: userId }) => {
    const project = owned(api.state.projects, String(id));
    project.users = project.users.filter((user) => user.id !== userId || user.status !== "deleting");
    for (const user of project.users) if (user.id === userId) user.status = "ok";
  });

  const CREDENTIALS = `${BASE}/user/{user}/s3Credentials`;
  const credentialOf = (request: ApiRequest): CloudUser["credentials"][number] => {
    const found = userOf(request).credentials.find(({ access }) => access === request.params.access);
    if (!found) throw missing("access", request.params.access ?? "");
    return found;
  };
  const shown = (request: ApiRequest, access: string): object => ({
    access,
    tenantId: projectOf(request).id,
    userId: String(userOf(request).id),
  });
  router.on("GET", CREDENTIALS, (request) => userOf(request).credentials.map(({ access }) => shown(request, access)));
  router.on("POST", CREDENTIALS, (request) => {
    const user = userOf(request);
    if (user.status !== "ok") throw badRequest("The user is not ready");
    const credential = { access: random(16), secret: random(16) };
    user.credentials.push(credential);
    return { ...shown(request, credential.access), secret: credential.secret };
  });
  router.on("GET", `${CREDENTIALS}/{access}`, (request) => shown(request, credentialOf(request).access));
  router.on("POST", `${CREDENTIALS}/{access}/secret`, (request) => ({ secret: credentialOf(request).secret }));
  router.on("DELETE", `${CREDENTIALS}/{access}`, (request) => {
    const [user, credential] = [userOf(request), credentialOf(request)];
    user.credentials = user.credentials.filter((other) => other !== credential);
    return VOID;
  });
  router.on("GET", `${BASE}/user/{user}/policy`, (request) => ({ policy: userOf(request).policy ?? "" }));
  router.on("POST", `${BASE}/user/{user}/policy`, "policy*", (request) => {
    const policy = String(request.body.policy);
    try {
      if (!Array.isArray((JSON.parse(policy) as { Statement?: unknown }).Statement)) throw new Error("no Statement");
    } catch {
      throw badRequest("The policy is not valid JSON with a list of statements");
    }
    userOf(request).policy = policy;
    return VOID;
  });
}

const view = ({ id, username, description, roles, status, creationDate }: CloudUser): object => ({
  ...{ id, username, description, status, creationDate, openstackId: null },
  roles: ROLES.filter(({ name }) => roles.includes(name)),
});

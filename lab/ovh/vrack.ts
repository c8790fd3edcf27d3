/** `/vrack`: private networks and their members. Finished tasks are gone: 404 means complete. */
import { type Api, owned } from "./api";
import { badRequest, conflict, missing } from "./errors";
import type { ApiRequest, Router } from "./router";
import { VOID } from "./router";
import type { VrackState } from "./state";

/** Kind of member -> the field that names one, and the task that adds it. */
const KINDS = {
  dedicatedServer: { field: "dedicatedServer", add: "addDedicatedServerToBackend" },
  dedicatedServerInterface: { field: "dedicatedServerInterface", add: "addDedicatedServerInterface" },
  ip: { field: "block", add: "addBlockToBridgeDomain" },
} as const;
type Kind = keyof typeof KINDS;

export function vrackRoutes(router: Router, api: Api): void {
  const vrackOf = ({ params }: ApiRequest): VrackState => owned(api.state.vracks, params.vrack);
  const attachable = (kind: Kind): string[] => {
    const taken = Object.values(api.state.vracks).flatMap(({ members }) => members[kind] ?? []);
    return candidates(api, kind).filter((name) => !taken.includes(name));
  };

  router.on("GET", "/vrack", () => Object.keys(api.state.vracks));
  router.on("GET", "/vrack/{vrack}", (request) => {
    const { name, description } = vrackOf(request);
    return { name, description };
  });
  router.on("PUT", "/vrack/{vrack}", "name description", (request) => {
    vrackOf(request).description = String(request.body.description ?? "");
    return VOID;
  });
  router.on("GET", "/vrack/{vrack}/allowedServices", (request) => {
    vrackOf(request);
    const interfaces = attachable("dedicatedServerInterface").map((id) => {
      const server = Object.values(api.state.servers).find((candidate) => candidate.interface === id);
      return { dedicatedServer: server?.name, dedicatedServerInterface: id, name: "vrack" };
    });
    return {
      dedicatedServer: attachable("dedicatedServer"),
      dedicatedServerInterface: interfaces,
      ip: attachable("ip"),
    };
  });
  router.on("GET", "/vrack/{vrack}/task", (request) =>
    api.tasks.of("vrack", vrackOf(request).name).map(({ id }) => id),
  );
  router.on("GET", "/vrack/{vrack}/task/{id}", (request) =>
    api.tasks.view(api.tasks.find("vrack", vrackOf(request).name, request.params.id ?? "")),
  );
  for (const kind of Object.keys(KINDS) as Kind[]) memberRoutes(router, api, kind, vrackOf, attachable);

  api.tasks.define("vrackMember", ({ vrack: name, kind, member, present }) => {
    const vrack = api.state.vracks[String(name)];
    if (!vrack) return;
    const others = (vrack.members[String(kind)] ?? []).filter((other) => other !== member);
    vrack.members[String(kind)] = present ? [...others, String(member)] : others;
  });
}

function memberRoutes(
  router: Router,
  api: Api,
  kind: Kind,
  vrackOf: (request: ApiRequest) => VrackState,
  attachable: (kind: Kind) => string[],
): void {
  const { field, add } = KINDS[kind];
  const BASE = `/vrack/{vrack}/${kind}`;
  const change = (vrack: VrackState, member: string, present: boolean): object => {
    const args = { vrack: vrack.name, kind, member, present };
    const name = present ? add : add.replace("add", "remove");
    return api.tasks.view(api.tasks.start("vrack", vrack.name, name, { name: "vrackMember", args }));
  };
  const memberOf = (request: ApiRequest): string => {
    const member = request.params.member ?? "";
    if (!vrackOf(request).members[kind]?.includes(member)) throw missing(field, member);
    return member;
  };
  router.on("GET", BASE, (request) => vrackOf(request).members[kind] ?? []);
  router.on("POST", BASE, `${field}* region`, (request) => {
    const vrack = vrackOf(request);
    const member = String(request.body[field]);
    if (vrack.members[kind]?.includes(member)) throw conflict(`${member} is in ${vrack.name} already`);
    if (!attachable(kind).includes(member)) throw badRequest(`${member} cannot be added to ${vrack.name}`);
    return change(vrack, member, true);
  });
  router.on("GET", `${BASE}/{member}`, (request) => {
    const member = memberOf(request);
    const vrack = vrackOf(request).name;
    return kind === "ip" ? { ip: member, gateway: null, zone: null, region: null } : { [field]: member, vrack };
  });
  router.on("DELETE", `${BASE}/{member}`, (request) => change(vrackOf(request), memberOf(request), false));
}

function candidates(api: Api, kind: Kind): string[] {
  const { servers, ips } = api.state;
  if (kind === "dedicatedServer") return Object.keys(servers);
  if (kind === "dedicatedServerInterface") return Object.values(servers).map((server) => server.interface);
  return Object.values(ips)
    .filter(({ type }) => type === "additional")
    .map(({ block }) => block);
}

/** `/ip`: blocks, reverse names, move, spam. The edge firewall has a file of its own. */
import { canonical, contains } from "./addresses";
import { type Api, like, owned } from "./api";
import { ApiError, badRequest, conflict, missing } from "./errors";
import { firewallRoutes } from "./firewall";
import type { ApiRequest, Router } from "./router";
import { VOID } from "./router";
import type { IpState } from "./state";

/** 80 characters, lower case, no leading hyphen. */
const REVERSE = /^(?=.{1,80}$)([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?\.?$/;

const view = ({ block, type, routedTo, description, country }: IpState): object => ({
  ip: block,
  type: type === "vps" ? "vps" : type === "additional" ? "failover" : "dedicated",
  isAdditionalIp: type === "additional",
  version: block.includes(":") ? 6 : 4,
  routedTo: routedTo ? { serviceName: routedTo } : null,
  description: description ?? null,
  country,
  canBeTerminated: type === "additional",
  organisationId: null,
  campus: null,
});

export function ipRoutes(router: Router, api: Api): void {
  const blockOf = ({ params }: ApiRequest): IpState => owned(api.state.ips, params.block);

  router.on("GET", "/ip", ({ query }) => {
    const wanted = (name: string, value: string | undefined): boolean =>
      !query.has(name) || query.get(name) === (value ?? "");
    return Object.values(api.state.ips)
      .filter((block) => {
        const shown = view(block) as { type: string; version: number; isAdditionalIp: boolean };
        const inside = query.get("ip");
        return (
          wanted("type", shown.type) &&
          wanted("version", String(shown.version)) &&
          wanted("isAdditionalIp", String(shown.isAdditionalIp)) &&
          wanted("routedTo.serviceName", block.routedTo) &&
          (!inside || block.block === inside || contains(block.block, inside.split("/")[0] ?? "")) &&
          like(query.get("description") ?? "%")(block.description ?? "")
        );
      })
      .map(({ block }) => block);
  });
  router.on("GET", "/ip/{block}", (request) => view(blockOf(request)));
  router.on("PUT", "/ip/{block}", "description", (request) => {
    blockOf(request).description = String(request.body.description ?? "");
    return VOID;
  });
  reverseRoutes(router, api, blockOf);
  moveRoutes(router, api, blockOf);
  spamRoutes(router, api, blockOf);
  firewallRoutes(router, api);
  router.on("GET", "/ip/{block}/task", (request) => {
    const [name, status] = [request.query.get("function"), request.query.get("status")];
    const tasks = api.tasks.of("ip", blockOf(request).block);
    return tasks.filter((t) => (!name || t.function === name) && (!status || t.status === status)).map(({ id }) => id);
  });
  router.on("GET", "/ip/{block}/task/{id}", (request) =>
    api.tasks.view(api.tasks.find("ip", blockOf(request).block, request.params.id ?? "")),
  );
}

type BlockOf = (request: ApiRequest) => IpState;

/** The address of a call in its canonical form, in the block. */
function addressIn(block: IpState, text: string): string {
  const address = canonical(text);
  if (!address) throw badRequest(`[ip] Given data (${text}) is not valid for type ip`);
  if (!contains(block.block, address)) throw badRequest(`IP ${address} does not belong to ${block.block}`);
  return address;
}

function reverseRoutes(router: Router, api: Api, blockOf: BlockOf): void {
  const show = (ip: string, name: string): object => ({
    ipReverse: ip,
    reverse: api.settings.reverseDot ? `${name}.` : name,
  });
  const BASE = "/ip/{block}/reverse";
  router.on("GET", BASE, (request) => Object.keys(blockOf(request).reverse));
  router.on("POST", BASE, "ipReverse* reverse*", async (request) => {
    const block = blockOf(request);
    const address = addressIn(block, String(request.body.ipReverse));
    const given = String(request.body.reverse);
    const name = given.replace(/\.$/, "");
    if (!REVERSE.test(given) || given.startsWith("-")) throw badRequest(`Invalid reverse: ${given}`);
    if (block.reverse[address] && api.settings.reverseAgain === "conflict") {
      throw conflict(`A reverse exists already for ${address}`);
    }
    let found: boolean;
    try {
      found = await api.world.resolves(name, address);
    } catch {
      throw badRequest(`Cannot check if ${name} resolves to ${address}`);
    }
    if (!found) throw badRequest(`${name} does not resolve to ${address}`);
    await api.world.reverse(address, name);
    block.reverse[address] = name;
    return show(address, name);
  });
  const reverseOf = (request: ApiRequest): { block: IpState; address: string; name: string } => {
    const block = blockOf(request);
    const address = addressIn(block, request.params.ip ?? "");
    const name = block.reverse[address];
    if (name === undefined) throw missing("ipReverse", address);
    return { block, address, name };
  };
  router.on("GET", `${BASE}/{ip}`, (request) => {
    const { address, name } = reverseOf(request);
    return show(address, name);
  });
  router.on("DELETE", `${BASE}/{ip}`, async (request) => {
    const { block, address } = reverseOf(request);
    await api.world.reverse(address, undefined);
    delete block.reverse[address];
    return VOID;
  });
}

function moveRoutes(router: Router, api: Api, blockOf: BlockOf): void {
  const additional = (request: ApiRequest): IpState => {
    const block = blockOf(request);
    if (block.type !== "additional") throw badRequest(`${block.block} is not an additional IP: it cannot be moved`);
    if (api.tasks.open("ip", block.block, MOVE)) throw badRequest(`A task is already running on ${block.block}`);
    return block;
  };
  const move = (block: IpState, to: string | undefined): object => {
    const args = { block: block.block, from: block.routedTo, to };
    return api.tasks.view(api.tasks.start("ip", block.block, MOVE, { name: "moveIp", args }));
  };
  router.on("GET", "/ip/{block}/move", (request) => {
    const here = blockOf(request).routedTo;
    const services = (names: string[]) =>
      names.filter((name) => name !== here).map((service) => ({ service, nexthop: [] }));
    return {
      dedicatedServer: services(Object.keys(api.state.servers)),
      vps: services(Object.keys(api.state.vps)),
      cloudProject: [],
      dedicatedCloud: [],
      hostingReseller: [],
      ipLoadbalancing: [],
    };
  });
  router.on("POST", "/ip/{block}/move", "to* nexthop", (request) => {
    const block = additional(request);
    const to = String(request.body.to);
    if (!Object.hasOwn(api.state.servers, to) && !Object.hasOwn(api.state.vps, to)) {
      throw badRequest(`${to} is not a valid destination for ${block.block}`);
    }
    if (to === block.routedTo) throw badRequest(`${block.block} is already routed to ${to}`);
    return move(block, to);
  });
  router.on("POST", "/ip/{block}/park", (request) => move(additional(request), undefined));
  api.tasks.define("moveIp", async ({ block: name, from, to }) => {
    const block = api.state.ips[String(name)];
    if (!block) return;
    await api.world.moveAddress(block.block, from as string | undefined, to as string | undefined);
    if (to === undefined) delete block.routedTo;
    else block.routedTo = String(to);
  });
}

const MOVE = "genericMoveFloatingIp";

function spamRoutes(router: Router, api: Api, blockOf: BlockOf): void {
  const spamOf = (request: ApiRequest): IpState["spam"][number] => {
    const found = blockOf(request).spam.find(({ ipSpamming }) => ipSpamming === request.params.ip);
    if (!found) throw missing("ipSpamming", request.params.ip ?? "");
    return found;
  };
  router.on("GET", "/ip/{block}/spam", (request) => {
    const state = request.query.get("state");
    return blockOf(request)
      .spam.filter((entry) => !state || entry.state === state)
      .map(({ ipSpamming }) => ipSpamming);
  });
  router.on("GET", "/ip/{block}/spam/{ip}", spamOf);
  router.on("GET", "/ip/{block}/spam/{ip}/stats", (request) => {
    const { date } = spamOf(request);
    const detected = { date, destinationIp: "192.0.2.1", messageId: "<spam@example>", spamscore: 300 };
    const timestamp = Math.floor(Date.parse(date) / 1000);
    return [{ timestamp, total: 1, numberOfSpams: 1, averageSpamscore: 300, detectedSpams: [detected] }];
  });
  router.on("POST", "/ip/{block}/spam/{ip}/unblock", (request) => {
    const entry = spamOf(request);
    if (entry.state !== "blockedForSpam") throw badRequest(`The IP ${entry.ipSpamming} is not blocked`);
    const left = Math.ceil((Date.parse(entry.date) - Date.now()) / 1000) + entry.time;
    if (left > 0) {
      throw new ApiError(api.settings.unblockTooEarly, `This IP address is still blocked for ${left} seconds`);
    }
    entry.state = "unblocking";
    const block = blockOf(request).block;
    api.tasks.start("ip", block, "unblockSpam", { name: "unblockSpam", args: { block, ip: entry.ipSpamming } });
    return entry;
  });
  api.tasks.define("unblockSpam", ({ block, ip }) => {
    for (const entry of api.state.ips[String(block)]?.spam ?? []) {
      if (entry.ipSpamming === ip && entry.state === "unblocking") entry.state = "unblocked";
    }
  });
}

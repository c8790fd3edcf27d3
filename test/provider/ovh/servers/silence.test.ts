/** What OVH does not say never speaks for erasing a machine. */
import { onTheWire } from "../../../../provider/handler";
import { OvhError, path } from "../../../../provider/ovh/api";
import { installationHandler } from "../../../../provider/ovh/servers/installation";
import { dedicatedServers } from "../../../../provider/ovh/servers/server-install";
import { virtualServers } from "../../../../provider/ovh/servers/vps-rebuild";
import type { ValueMap } from "../../../../provider/values";
import { refusal } from "../ip/fake-account";
import { daysAgo, Engine, HOST_KEY, machines, OPERATOR, OTHER_KEY, TODAY } from "./machines";

const SERVER: ValueMap = {
  service: "ns1.example",
  image: "debian13_64",
  hostname: "mail1.example.org",
  sshKey: OPERATOR,
  hostKey: HOST_KEY.privateKeyPem,
};
const VPS: ValueMap = { service: "vps-1.example", image: "Debian 13", sshKey: OPERATOR, trustFirstContact: true };

let account: Awaited<ReturnType<typeof machines>>;
beforeEach(async () => {
  account = await machines();
});
afterEach(() => account.close());

type Answer = (path: string, told: unknown) => unknown;

/** The API, with some of its answers changed; a status is an error. */
function parts(change: Answer, verb: "get" | "post" = "get") {
  const api = account.parts.api();
  const changed = async (at: string, ...rest: never[]) => {
    const told = await (api[verb] as (at: string, ...rest: never[]) => Promise<unknown>)(at, ...rest);
    const answer = change(at, told);
    if (answer instanceof OvhError) throw answer;
    return answer;
  };
  return { ...account.parts, api: () => ({ ...api, [verb]: changed }) as typeof api };
}

const on = (matching: RegExp, answer: (told: Record<string, unknown>) => unknown): Answer => {
  return (at, told) => (matching.test(at) ? answer(told as Record<string, unknown>) : told);
};
const servers = (change: Answer = (_at, told) => told, verb: "get" | "post" = "get") => {
  const made = parts(change, verb);
  return new Engine(onTheWire(installationHandler(dedicatedServers(made), made)));
};
const vps = (change: Answer = (_at, told) => told, verb: "get" | "post" = "get") => {
  const made = parts(change, verb);
  return new Engine(onTheWire(installationHandler(virtualServers(made), made)));
};
const notFound = () => new OvhError("GET", 404, { message: "gone" });

describe("an old token erases nothing, whatever OVH says of the system", () => {
  test.each<[string, Answer]>([
    ["a system", on(/server\/ns1.example$/, (told) => ({ ...told, os: "debian12_64" }))],
    ["null", on(/server\/ns1.example$/, (told) => ({ ...told, os: null }))],
    ["nothing", on(/server\/ns1.example$/, ({ os: _, ...told }) => told)],
    ["an empty name", on(/server\/ns1.example$/, (told) => ({ ...told, os: "" }))],
    ["none_64", on(/server\/ns1.example$/, (told) => ({ ...told, os: "none_64" }))],
  ])("%s, on a server", async (_what, change) => {
    const message = await refusal(servers(change).up({ ...SERVER, reinstall: daysAgo(8) }));
    expect(message).toMatch(/more than a week old.*nothing is erased/);
    expect(account.wipes()).toEqual([]);
  });

  test.each<[string, Answer]>([
    ["404", on(/images\/current$/, notFound)],
    ["nothing", on(/images\/current$/, () => null)],
    ["no name", on(/images\/current$/, () => ({}))],
  ])("%s, on a VPS", async (_what, change) => {
    const message = await refusal(vps(change).up({ ...VPS, rebuild: daysAgo(8) }));
    expect(message).toMatch(/more than a week old.*nothing is erased/);
    expect(account.wipes()).toEqual([]);
  });
});

describe("an installation that OVH lists without saying when it was may be the one of this token", () => {
  const task = /server\/ns1.example\/task\/\d+$/;

  test.each<[string, Answer]>([
    ["no date", on(task, ({ startDate: _, ...told }) => told)],
    ["null", on(task, (told) => ({ ...told, startDate: null }))],
    ["an empty date", on(task, (told) => ({ ...told, startDate: "" }))],
    ["an odd date", on(task, (told) => ({ ...told, startDate: "0000-00-00 00:00" }))],
    ["no state", on(task, ({ status: _, ...told }) => told)],
    ["an unknown state", on(task, (told) => ({ ...told, status: "archived" }))],
    ["404", on(task, notFound)],
    ["null in its place", on(task, () => null)],
  ])("%s", async (_what, change) => {
    await servers().up({ ...SERVER, reinstall: TODAY });
    // With another key in the program the machine does not prove whose it is.
    const again = { ...SERVER, hostKey: OTHER_KEY.privateKeyPem, reinstall: TODAY };
    for (const engine of [servers(change), servers(change)]) {
      expect(await refusal(engine.up(again))).toMatch(
        /does not say when it was \(.*nothing is erased\n.*leave reinstall out/,
      );
    }
    expect(account.wipes()).toHaveLength(1);
  });

  test("one that failed erases nothing any more, and one that the state knows is of an earlier token", async () => {
    account.world.failNext = "disk 2 is broken";
    await refusal(servers().up({ ...SERVER, reinstall: TODAY }));
    await servers(on(task, (told) => ({ ...told, startDate: null }))).up({ ...SERVER, reinstall: TODAY });
    expect(account.wipes()).toHaveLength(2);
  });

  test.each([null, {}, ""])("%j in the place of the list of tasks", async (answer) => {
    const engine = servers((at, told) => (/\/task$/.test(at) ? answer : told));
    expect(await refusal(engine.up({ ...SERVER, reinstall: TODAY }))).toMatch(
      /in the place of a list of tasks\nrun again/,
    );
    expect(account.wipes()).toEqual([]);
  });
});

test("an order that is answered without a task is waited for by the list, and not taken for done", async () => {
  account.fake.settings.delay = 60;
  for (const answer of [null, {}]) {
    const one = servers((at, told) => (/reinstall$/.test(at) ? answer : told), "post");
    const { outputs } = await one.up({ ...SERVER, reinstall: TODAY });
    expect(outputs).toMatchObject({ os: "debian13_64", taskId: account.fake.state.tasks[0]?.id });
  }
  expect(account.wipes()).toHaveLength(1);
});

test("somebody else's installation that was in the way is looked at before anything is asked again", async () => {
  const inner = parts((_at, told) => told);
  const api = inner.api();
  let turned = false;
  const racing = {
    ...api,
    post: async <T>(at: string, body?: object): Promise<T> => {
      if (!turned) {
        turned = true;
        await api.post(at, body);
        // Over before anybody looks.
        await account.fake.idle();
      } else return api.post<T>(at, body);
      throw new OvhError(`POST ${at}`, 409, { message: "busy", class: "Client::Conflict::TaskAlreadyExists" });
    },
  };
  const made = { ...inner, api: () => racing };
  const engine = new Engine(onTheWire(installationHandler(dedicatedServers(made), made)));
  await engine.up({ ...SERVER, reinstall: TODAY });
  expect(account.wipes()).toHaveLength(1);
});

test("without an address nobody's host key is asked for: it would be that of this machine", async () => {
  const none = [on(/\/ips$/, () => []), on(/\/ips$/, () => [null])];
  for (const change of none) expect(await refusal(vps(change).up(VPS))).toMatch(/names no address of vps-1.example/);
  for (const ip of [null, "", undefined]) {
    const engine = servers(on(/server\/ns1.example$/, (told) => ({ ...told, ip })));
    expect(await refusal(engine.up({ ...SERVER, reinstall: TODAY }))).toMatch(/names no address of ns1.example/);
  }
  expect(account.shown.asked).toBe(0);
  expect(account.wipes()).toEqual([]);
});

test("a VPS is not rebuilt with an image that OVH offers no more", async () => {
  let asked = 0;
  const change: Answer = (at, told) => (/images\/available$/.test(at) && ++asked > 1 ? [] : told);
  expect(await refusal(vps(change).up({ ...VPS, rebuild: TODAY }))).toMatch(/"Debian 13" cannot be installed/);
  expect(account.wipes()).toEqual([]);
});

test("a path with a name that is missing is none: what stands above it would be meant", () => {
  const missing = undefined as unknown as string;
  for (const name of [missing, ""])
    expect(() => path`/ip/${"b"}/reverse/${name}`).toThrow(/missing in the path \/ip\/…\/reverse\//);
  expect(path`/ip/${"192.0.2.0/24"}/x`).toBe("/ip/192.0.2.0%2F24/x");
  expect(path`/x/${0}`).toBe("/x/0");
});

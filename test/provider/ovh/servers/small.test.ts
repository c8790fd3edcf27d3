/** Monitoring, backup storage and vRack, against the fake API. */
import { onTheWire } from "../../../../provider/handler";
import { OvhError } from "../../../../provider/ovh/api";
import { backupStorageHandler } from "../../../../provider/ovh/servers/backup-storage";
import { monitoringHandler } from "../../../../provider/ovh/servers/monitoring";
import { vrackHandler } from "../../../../provider/ovh/servers/vrack";
import { UNKNOWN } from "../../../../provider/values";
import { refusal } from "../ip/fake-account";
import { Engine, machines } from "./machines";

let account: Awaited<ReturnType<typeof machines>>;
beforeEach(async () => {
  account = await machines();
});
afterEach(() => account.close());

const server = (name = "ns1.example") => {
  const state = account.fake.state.servers[name];
  if (!state) throw new Error("no server");
  return state;
};

describe("monitoring", () => {
  const engine = () => new Engine(onTheWire(monitoringHandler(account.parts)));
  const OFF = { service: "ns1.example", enabled: false };

  test("one field is sent and no other; drift is seen and mended; removal leaves it", async () => {
    const one = engine();
    server().noIntervention = true;
    expect(await one.preview(OFF)).toBe("create");
    expect(account.writes()).toEqual([]);
    await one.up(OFF);
    expect(account.writes()).toMatchObject([{ method: "PUT", body: { monitoring: false } }]);
    expect(server()).toMatchObject({ monitoring: false, noIntervention: true });
    expect(await one.preview(OFF)).toEqual({});
    server().monitoring = true;
    expect(await one.preview(OFF)).toEqual({ enabled: "update" });
    await one.up({ ...OFF, noIntervention: false });
    expect(server()).toMatchObject({ monitoring: false, noIntervention: false });
    account.writes();
    await one.remove();
    expect(account.writes()).toEqual([]);
  });

  test("import tells both; an unknown server and wrong values are refused", async () => {
    expect((await engine().importing("ns1.example"))?.inputs).toEqual({
      ...{ service: "ns1.example", enabled: true, noIntervention: false },
    });
    expect(await refusal(engine().preview({ ...OFF, service: "ns9" }))).toMatch(/no dedicated server "ns9"/);
    const failures = engine().handler.check("urn", { noIntervention: "yes" });
    expect(failures.map(({ property }) => property)).toEqual(["service", "enabled", "noIntervention"]);
  });
});

describe("backup storage", () => {
  const engine = () => new Engine(onTheWire(backupStorageHandler(account.parts)));
  const MINE = { ipBlock: "198.51.100.1/32", nfs: true };
  const OTHER = { ipBlock: "198.51.100.2/32", ftp: true };
  const NEWS = { service: "ns1.example", access: [MINE] };
  const accesses = () => server().backupStorage?.accesses;

  test("the space is activated, the access applied; its name, size and kind come out", async () => {
    const one = engine();
    expect(await one.preview(NEWS)).toBe("create");
    expect(account.writes()).toEqual([]);
    expect(one.said()).toMatch(/its backup storage is activated/);
    const { outputs } = await one.up(NEWS);
    expect(outputs).toMatchObject({ host: "ftpback-lab-ns1.example", quota: "500 GB", type: "included" });
    expect(accesses()).toEqual([{ ...MINE, ftp: false, cifs: false, isApplied: true }]);
    expect(await one.preview(NEWS)).toEqual({});
  });

  test("entries of others are left; ours are changed, added and withdrawn one by one; the space stays", async () => {
    const one = engine();
    await one.up(NEWS);
    accesses()?.push({ ipBlock: "192.0.2.8/29", ftp: true, nfs: false, cifs: false, isApplied: true });
    expect(await one.preview(NEWS)).toEqual({});
    const more = { ...NEWS, access: [OTHER, { ...MINE, cifs: true }] };
    expect(await one.preview(more)).toEqual({ "access[0]": "add", "access[1].cifs": "update" });
    await one.up(more);
    expect(accesses()?.map(({ ipBlock, cifs }) => [ipBlock, cifs])).toEqual([
      ["198.51.100.1/32", true],
      ["192.0.2.8/29", false],
      ["198.51.100.2/32", false],
    ]);
    expect(await one.preview(NEWS)).toEqual({ "access[0]": "delete", "access[0].cifs": "update" });
    await one.up(NEWS);
    account.writes();
    await one.remove();
    expect(account.writes().map(({ method, path }) => `${method} ${path}`)).toEqual([
      "DELETE /dedicated/server/ns1.example/features/backupFTP/access/198.51.100.1%2F32",
    ]);
    expect(accesses()?.map(({ ipBlock }) => ipBlock)).toEqual(["192.0.2.8/29"]);
  });

  test("an entry changed or removed by hand is seen and mended", async () => {
    const one = engine();
    const news = { ...NEWS, access: [MINE, OTHER] };
    await one.up(news);
    const [first] = accesses() ?? [];
    if (first) first.nfs = false;
    accesses()?.pop();
    expect(await one.preview(news)).toEqual({ "access[0].nfs": "update", "access[1]": "add" });
    await one.up(news);
    expect(accesses()).toMatchObject([MINE, OTHER]);
  });

  test("a run that was cut off while the space was made: waited for, not asked for again", async () => {
    account.fake.settings.delay = 60;
    const times = { ...account.parts.times, small: { everyMs: 5, limitMs: 20 } };
    const one = new Engine(onTheWire(backupStorageHandler({ ...account.parts, times })));
    expect(await refusal(one.up(NEWS))).toMatch(/activating it: task \d+ is still/);
    await engine().up(NEWS);
    expect(account.fake.log.filter(({ method, path }) => method === "POST" && path.endsWith("backupFTP"))).toHaveLength(
      1,
    );
  });

  test("something else is under way on the server at that moment: it is waited for, then asked again", async () => {
    const api = account.parts.api();
    const open: boolean[] = [];
    const busy = async <T>(path: string, body?: object) => {
      if (open.length === 0) await api.post("/dedicated/server/ns1.example/reboot");
      open.push(account.fake.state.tasks.some((task) => task.done === undefined));
      if (open.length > 1) return api.post<T>(path, body);
      throw new OvhError(`POST ${path}`, 409, { message: "busy", class: "Client::Conflict::DisturbAlreadyExists" });
    };
    const parts = { ...account.parts, api: () => ({ ...api, post: busy }) };
    await new Engine(onTheWire(backupStorageHandler(parts))).up({ service: "ns1.example", access: [] });
    expect(open).toEqual([true, false]);
    expect(server().backupStorage).toBeDefined();
  });

  test("an access that OVH does not apply is an error", async () => {
    const times = { ...account.parts.times, small: { everyMs: 5, limitMs: 150 } };
    const one = new Engine(onTheWire(backupStorageHandler({ ...account.parts, times })));
    await one.up(NEWS);
    account.world.failNext = "no such export";
    const message = await refusal(one.up({ ...NEWS, access: [{ ...MINE, ftp: true }] }));
    expect(message).toMatch(/access for 198.51.100.1\/32 to the backup storage is not applied yet/);
  });

  test("a block that is not OVH's is refused in the preview; wrong entries are all told", async () => {
    const one = engine();
    await one.up({ service: "ns2.example", access: [] });
    const foreign = { service: "ns2.example", access: [{ ipBlock: "203.0.113.1/32", ftp: true }] };
    expect(await refusal(one.preview(foreign))).toMatch(
      /203.0.113.1\/32 cannot be given access.*\nonly addresses of OVH/,
    );
    const wrong = { service: "ns2.example", access: [{ ipBlock: "x", ftp: true }, { ipBlock: UNKNOWN }, OTHER, OTHER] };
    expect(
      one.handler.check("urn", { ...wrong, access: [...wrong.access, { ipBlock: "192.0.2.1/32" }] }),
    ).toMatchObject([
      { property: "access[0].ipBlock" },
      { property: "access[3].ipBlock", reason: '"198.51.100.2/32" is there twice' },
      { property: "access[4].ftp" },
    ]);
    expect((await engine().importing("ns2.example"))?.inputs).toEqual({ service: "ns2.example", access: [] });
  });
});

describe("vRack", () => {
  const engine = () => new Engine(onTheWire(vrackHandler(account.parts)));
  const members = () => account.fake.state.vracks["pn-1"]?.members;

  test("named members are put in and taken out, others stay; a finished task is gone", async () => {
    const one = engine();
    const uuid = server("ns2.example").interface;
    const news = { vrack: "pn-1", servers: ["ns1.example"], interfaces: [uuid] };
    expect(await one.preview(news)).toBe("create");
    expect(account.writes()).toEqual([]);
    await one.up(news);
    expect(members()).toEqual({ dedicatedServer: ["ns1.example"], dedicatedServerInterface: [uuid] });
    members()?.dedicatedServer?.push("ns2.example");
    expect(await one.preview(news)).toEqual({});
    const less = { vrack: "pn-1", interfaces: [uuid] };
    expect(await one.preview(less)).toEqual({ "servers[0]": "delete" });
    await one.up(less);
    expect(members()).toEqual({ dedicatedServer: ["ns2.example"], dedicatedServerInterface: [uuid] });
    await one.remove();
    expect(members()).toEqual({ dedicatedServer: ["ns2.example"], dedicatedServerInterface: [] });
  });

  test("a member taken out by hand is seen and put back", async () => {
    const one = engine();
    const news = { vrack: "pn-1", servers: ["ns1.example", "ns2.example"] };
    await one.up(news);
    members()?.dedicatedServer?.shift();
    expect(await one.preview(news)).toEqual({ "servers[0]": "add" });
    await one.up(news);
    expect(members()?.dedicatedServer?.sort()).toEqual(["ns1.example", "ns2.example"]);
    expect((await engine().importing("pn-1"))?.inputs).toMatchObject({
      servers: expect.arrayContaining(["ns1.example"]),
    });
  });

  test("a run that was cut off: the change under way is waited for, not asked for again", async () => {
    account.fake.settings.delay = 60;
    const times = { ...account.parts.times, small: { everyMs: 5, limitMs: 20 } };
    const news = { vrack: "pn-1", servers: ["ns1.example"] };
    expect(await refusal(new Engine(onTheWire(vrackHandler({ ...account.parts, times }))).up(news))).toMatch(
      /adding ns1.example: task/,
    );
    await engine().up(news);
    expect(account.writes()).toHaveLength(1);
    expect(members()?.dedicatedServer).toEqual(["ns1.example"]);
  });

  test("what cannot be put in is refused in the preview, with what can", async () => {
    await engine().up({ vrack: "pn-2", servers: ["ns2.example"] });
    const message = await refusal(engine().preview({ vrack: "pn-1", servers: ["ns2.example", "ns9"] }));
    expect(message).toMatch(
      /ns2.example, ns9 cannot be put into pn-1\npossible are ns1.example; .* must leave that first/,
    );
    expect(await refusal(engine().preview({ vrack: "pn-9", servers: [] }))).toMatch(
      /no vRack "pn-9"\nit has pn-1, pn-2/,
    );
    expect(
      engine()
        .handler.check("urn", { servers: "ns1" })
        .map(({ property }) => property),
    ).toEqual(["vrack", "servers"]);
  });
});

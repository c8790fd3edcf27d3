/** Dedicated servers that are installed, against the fake API by the vendor's client. */
import { onTheWire } from "../../../../provider/handler";
import { ovhApi } from "../../../../provider/ovh/client";
import { installationHandler } from "../../../../provider/ovh/servers/installation";
import { dedicatedServers } from "../../../../provider/ovh/servers/server-install";
import { UNKNOWN, type ValueMap } from "../../../../provider/values";
import { refusal } from "../ip/fake-account";
import { daysAgo, Engine, HOST_KEY, machines, NOW, OPERATOR, OTHER_KEY, TODAY } from "./machines";

const NEWS: ValueMap = {
  service: "ns1.example",
  image: "debian13_64",
  hostname: "mail1.example.org",
  sshKey: OPERATOR,
  hostKey: HOST_KEY.privateKeyPem,
};
const INSTALL = { ...NEWS, reinstall: TODAY };
let account: Awaited<ReturnType<typeof machines>>;
beforeEach(async () => {
  account = await machines();
});
afterEach(() => account.close());

const engine = (parts = account.parts) => new Engine(onTheWire(installationHandler(dedicatedServers(parts), parts)));
const serverState = () => {
  const state = account.fake.state.servers["ns1.example"];
  if (!state) throw new Error("no server");
  return state;
};

describe("with a token", () => {
  test("it is erased and installed with the declared image, key and host key, once", async () => {
    const one = engine();
    expect(await one.preview(INSTALL)).toBe("create");
    expect(one.said()).toMatch(/ns1.example: EVERYTHING ON ITS DISKS IS ERASED/);
    expect(account.wipes()).toEqual([]);
    const { id, outputs } = await one.up(INSTALL);
    expect(id).toBe("ns1.example");
    expect(outputs).toMatchObject({
      address: "198.51.100.1",
      os: "debian13_64",
      hostKeys: [HOST_KEY.publicKey],
      carriedOut: TODAY,
      installedAt: expect.stringContaining(TODAY),
      taskId: expect.any(Number),
    });
    expect(account.world.installed.get("ns1.example")).toMatchObject({
      image: "debian13_64",
      hostname: "mail1.example.org",
      sshKey: OPERATOR,
    });
    expect(await one.preview(INSTALL)).toEqual({});
    await one.up(INSTALL);
    expect(account.wipes()).toHaveLength(1);
    expect(JSON.stringify(outputs.installed)).not.toContain("PRIVATE");
  });

  test("partitions are sent as OVH wants them", async () => {
    const partitions: ValueMap[] = [
      { mount: "/", size: 20480, fs: "ext4", raid: 1 },
      { mount: "/var", size: 0, fs: "xfs" },
      { mount: "swap", size: 2048, fs: "swap" },
    ];
    await engine().up({ ...INSTALL, partitions });
    expect(account.wipes()[0]?.body).toMatchObject({
      storage: [
        {
          partitioning: {
            layout: [
              { fileSystem: "ext4", mountPoint: "/", size: 20480, raidLevel: 1 },
              { fileSystem: "xfs", mountPoint: "/var", size: 0 },
              { fileSystem: "swap", mountPoint: "swap", size: 2048 },
            ],
          },
        },
      ],
    });
  });

  test("only a later token installs again; an earlier one, or none, erases nothing", async () => {
    const one = engine();
    await one.up(INSTALL);
    expect(await one.preview(NEWS)).toEqual({});
    one.said();
    expect(await one.preview({ ...NEWS, reinstall: daysAgo(2) })).toEqual({});
    expect(one.said()).toMatch(/reinstall is earlier than the last installation/);
    // The clock of the test would have to pass a minute for a token later than the task; so the record goes back a day.
    const [task] = account.fake.state.tasks;
    if (task) task.started = `${daysAgo(1)}T00:00:00Z`;
    const again = { ...NEWS, image: "debian12_64", reinstall: NOW };
    expect(await one.preview(again)).toEqual({ reinstall: "update", image: "update" });
    expect(one.said()).toMatch(/ERASED/);
    const { outputs } = await one.up(again);
    expect(outputs).toMatchObject({ os: "debian12_64", carriedOut: NOW });
    expect(account.wipes()).toHaveLength(2);
  });

  test("other wishes wait for a later token: said at every preview, without a change", async () => {
    const one = engine();
    await one.up(INSTALL);
    one.said();
    const wishes = { ...INSTALL, image: "debian12_64", partitions: [{ mount: "/", size: 0, fs: "ext4" }] };
    for (const _ of [1, 2]) {
      expect(await one.preview(wishes)).toEqual({});
      expect(one.said()).toMatch(/image, partitions: .*it runs debian13_64.*set reinstall to today's date/);
      await one.up(wishes);
      one.said();
    }
    expect(account.wipes()).toHaveLength(1);
  });

  test("a token that is old erases no system, though the state knows nothing of the server", async () => {
    serverState().os = "debian12_64";
    const message = await refusal(engine().preview({ ...NEWS, reinstall: daysAgo(8) }));
    expect(message).toMatch(/more than a week old.*nothing is erased\n.*set reinstall to today's date/);
    expect(account.wipes()).toEqual([]);
  });
});

describe("a run that was cut off", () => {
  test("the next process waits for the same task and asks for no other", async () => {
    account.fake.settings.delay = 80;
    const impatient = { ...account.parts, times: { ...account.parts.times, install: { everyMs: 10, limitMs: 40 } } };
    expect(await refusal(engine(impatient).up(INSTALL))).toMatch(/installing debian13_64: task \d+ is still \w+ after/);
    // Killed: nothing of it is in the state. Another process with a client of its own.
    const { host, port, caFile, credentials } = account.fake;
    const api = ovhApi({ endpoint: `https://${host}:${port}/1.0`, caFile, ...credentials });
    const two = engine({ ...account.parts, api: () => api });
    expect(await two.preview(INSTALL)).toBe("create");
    expect(two.said()).toMatch(/OVH is installing it \(task \d+, \w+\): this run waits/);
    const { outputs } = await two.up(INSTALL);
    expect(outputs).toMatchObject({ carriedOut: TODAY, hostKeys: [HOST_KEY.publicKey] });
    expect(account.wipes()).toHaveLength(1);
  });

  test("when our patience ends the state keeps what is known, and the next run goes on", async () => {
    account.fake.settings.delay = 80;
    const impatient = { ...account.parts, times: { ...account.parts.times, install: { everyMs: 10, limitMs: 40 } } };
    const one = engine(impatient);
    await refusal(one.up(INSTALL));
    expect(one.state).toMatchObject({ id: "ns1.example", outputs: { address: "198.51.100.1", hostKeys: [] } });
    expect(one.state?.outputs.carriedOut).toBeUndefined();
    const two = engine();
    two.state = one.state;
    expect(await two.preview(INSTALL)).toMatchObject({ reinstall: "update" });
    expect((await two.up(INSTALL)).outputs).toMatchObject({ carriedOut: TODAY });
    expect(account.wipes()).toHaveLength(1);
  });

  test("cut off, and finished by OVH meanwhile: nothing is erased a second time", async () => {
    await engine().up(INSTALL);
    const two = engine();
    await two.up(INSTALL);
    expect(two.said()).toMatch(/nothing is erased a second time/);
    expect(account.wipes()).toHaveLength(1);
  });

  test("finished, and OVH has forgotten the task: the host key proves it", async () => {
    await engine().up(INSTALL);
    account.fake.state.tasks = [];
    for (const reinstall of [TODAY, daysAgo(30)]) {
      const { outputs } = await engine().up({ ...NEWS, reinstall });
      expect(outputs.hostKeys).toEqual([HOST_KEY.publicKey]);
    }
    expect(account.wipes()).toHaveLength(1);
  });

  test("the answer to the call was lost: its task is found", async () => {
    account.fake.faults.add({ method: "POST", path: /reinstall$/, drop: true });
    expect((await engine().up(INSTALL)).outputs).toMatchObject({ os: "debian13_64" });
    expect(account.wipes()).toHaveLength(1);
  });

  test("OVH does something else on the server: it is waited for, then asked again, but not for ever", async () => {
    const { delay } = account.fake.settings;
    account.fake.settings.delay = 1000; // it is still at it when we ask, however busy this machine is
    await account.parts.api().post("/dedicated/server/ns1.example/features/backupFTP");
    account.fake.settings.delay = delay;
    await engine().up(INSTALL);
    expect(account.wipes().map(({ status }) => status)).toEqual([409, 200]);
    account.fake.faults.add({ method: "POST", path: /reinstall$/, status: 409, times: 9, message: "busy" });
    account.fake.state.tasks = [];
    const other = { ...INSTALL, hostKey: OTHER_KEY.privateKeyPem };
    expect(await refusal(engine().up(other))).toMatch(/answered 409: busy/);
    expect(account.wipes()).toHaveLength(8);
  });

  test("somebody started one a moment before: it is joined, and refused when it is not ours", async () => {
    const api = account.parts.api();
    const raced = {
      ...api,
      post: async <T>(path: string, body?: object) => {
        await api.post(path, { operatingSystem: "debian12_64" });
        return api.post<T>(path, body);
      },
    };
    account.shown.key = OTHER_KEY.publicKey;
    const message = await refusal(engine({ ...account.parts, api: () => raced }).up(INSTALL));
    expect(message).toMatch(/installed, but at 198.51.100.1 it shows the host key ED25519 SHA256:\S+ and not its own/);
    expect(account.world.installed.get("ns1.example")?.image).toBe("debian12_64");
    expect(message).toMatch(/set reinstall: "\d{4}-\d\d-\d\dT\d\d:\d\d"/);
  });
});

describe("failures", () => {
  test("a task that failed is an error with OVH's words, and the next run starts anew", async () => {
    account.world.failNext = "disk 2 is broken";
    expect(await refusal(engine().up(INSTALL))).toMatch(/task \d+ ended as ovhError: disk 2 is broken/);
    await engine().up(INSTALL);
    expect(account.wipes()).toHaveLength(2);
  });

  test("an unknown image is refused in the preview, with the nearest ones", async () => {
    const message = await refusal(engine().preview({ ...INSTALL, image: "debian-13" }));
    expect(message).toMatch(
      /image: "debian-13" cannot be installed on ns1.example\nthe nearest are "debian13_64", "debian12_64"/,
    );
    const one = engine();
    await one.up(INSTALL);
    expect(await refusal(one.preview({ ...INSTALL, image: "win2022-std_64" }))).toMatch(/cannot be installed/);
  });

  test("a server that the account does not have is refused, with what it has", async () => {
    expect(await refusal(engine().preview({ ...INSTALL, service: "ns3.example" }))).toMatch(
      /no dedicated server "ns3.example"\nit has ns1.example, ns2.example/,
    );
  });

  test("credentials without the right to install: a clear error", async () => {
    account.fake.grant([{ method: "GET", path: "/*" }]);
    const message = await refusal(engine().up(INSTALL));
    expect(message).toMatch(
      /POST \/dedicated\/server\/ns1.example\/reinstall answered 403: This call has not been granted/,
    );
    expect(message).toMatch(/docs\/ovh.md/);
    expect(message).not.toMatch(/PRIVATE|BEGIN/);
  });

  test("another server in the place of this one is refused, not replaced", async () => {
    const one = engine();
    await one.up(INSTALL);
    expect(await refusal(one.preview({ ...INSTALL, service: "ns2.example" }))).toMatch(/never replaced/);
  });
});

describe("without a token", () => {
  test("a blank server is refused", async () => {
    expect(await refusal(engine().preview(NEWS))).toMatch(
      /names no operating system of ns1.example\nif there is none on it, set reinstall to today's date/,
    );
  });

  test("a server is taken over as it is; what differs is said; nothing is asked of OVH", async () => {
    serverState().os = "debian12_64";
    const one = engine();
    const { outputs } = await one.up(NEWS);
    expect(outputs).toMatchObject({ os: "debian12_64", hostKeys: [], address: "198.51.100.1" });
    expect(one.said()).toMatch(/taken over as it is, with debian12_64[\s\S]*does not show the host key made for it/);
    expect(await one.preview(NEWS)).toEqual({});
    expect(one.said()).toMatch(/image: what is declared \(it runs debian12_64\)/);
    expect(account.writes()).toEqual([]);
    expect(await one.preview(INSTALL)).toEqual({ reinstall: "update", image: "update" });
    await one.up(INSTALL);
    expect(account.wipes()).toHaveLength(1);
  });

  test("import tells what is there", async () => {
    serverState().os = "debian13_64";
    const one = engine();
    expect(await one.importing("ns1.example")).toMatchObject({
      inputs: { service: "ns1.example", image: "debian13_64" },
      outputs: { address: "198.51.100.1", os: "debian13_64", hostKeys: [] },
    });
    expect(await one.preview(NEWS)).toEqual({});
    expect(await engine().importing("ns9.example")).toBeUndefined();
  });
});

test("drift: another system on the server is seen at the next preview, and mended by a token alone", async () => {
  const one = engine();
  await one.up(INSTALL);
  one.said();
  serverState().os = "ubuntu2404-server_64";
  expect(await one.preview(INSTALL)).toEqual({});
  expect(one.said()).toMatch(/it runs ubuntu2404-server_64/);
  expect(one.state?.outputs.os).toBe("ubuntu2404-server_64");
});

test("a server that is gone from the account stays in the state, as a new resource might erase", async () => {
  const one = engine();
  const before = await one.up(INSTALL);
  delete account.fake.state.servers["ns1.example"];
  expect(await one.refresh()).toEqual(before);
  expect(one.said()).toMatch(/has no such dedicated server any more/);
});

test("its removal changes nothing at OVH, and says so", async () => {
  const one = engine();
  await one.up(INSTALL);
  account.writes();
  await one.remove();
  expect(account.writes()).toEqual([]);
  expect(one.said()).toMatch(/stays as it is at OVH, with its data/);
});

test("a preview in which things are not known yet asks nothing it cannot ask", async () => {
  const one = engine();
  const preview = { ...INSTALL, hostKey: UNKNOWN, sshKey: UNKNOWN };
  expect(one.handler.check("urn", preview)).toEqual([]);
  const made = await one.handler.create("urn", preview, true, one.report);
  expect(made.outputs).toMatchObject({ address: "198.51.100.1", hostKeys: [UNKNOWN], taskId: UNKNOWN });
  const blind = await one.handler.create("urn", { ...INSTALL, service: UNKNOWN }, true, one.report);
  expect(blind.outputs).toMatchObject({ address: UNKNOWN, hostKeys: UNKNOWN });
});

test("all that is wrong with the arguments is said at once, without a word of a secret", () => {
  const failures = engine().handler.check("urn", {
    service: "",
    hostname: "-bad-",
    sshKey: OTHER_KEY.privateKeyPem,
    hostKey: OTHER_KEY.publicKey,
    reinstall: "2999-01-01",
    partitions: [
      { mount: "var", size: -1, fs: "fat", raid: 4 },
      { mount: "/home", size: 0, fs: "ext4" },
      { mount: "/home", size: 0, fs: "ext4" },
    ],
  });
  const reasons = Object.fromEntries(failures.map(({ property, reason }) => [property, reason]));
  expect(Object.keys(reasons)).toEqual([
    ...["service", "image", "hostname", "sshKey", "hostKey"],
    ...["partitions[0].mount", "partitions[0].size", "partitions[0].fs", "partitions[0].raid", "partitions"],
    "reinstall",
  ]);
  expect(reasons.sshKey).toMatch(/private key/);
  expect(reasons.reinstall).toMatch(/in the future; dates are UTC/);
  expect(failures.filter(({ property }) => property === "partitions")).toHaveLength(3);
  expect(JSON.stringify(failures)).not.toMatch(/BEGIN|AAAA/);
  for (const reinstall of ["tomorrow", 20261122, "2026-13-01", "2026-11-22 10:00"]) {
    expect(engine().handler.check("urn", { ...NEWS, reinstall })[0]?.reason).toMatch(/a date is wanted/);
  }
});

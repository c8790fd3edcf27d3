/** Partitions of a NAS-HA, against the fake API over HTTPS. */
import { onTheWire } from "../../../../provider/handler";
import { NasShareHandler } from "../../../../provider/ovh/storage/nas-share";
import { UNKNOWN } from "../../../../provider/values";
import { Engine, fakeAccount, refusal, SOON } from "../ip/fake-account";

const NAS = "zpool-123456";
let account: Awaited<ReturnType<typeof fakeAccount>>;
beforeEach(async () => {
  account = await fakeAccount({ nashas: { [NAS]: { ip: "10.201.0.5", zpoolSize: 1000 } } });
});
afterEach(() => account.close());

const wanted = {
  ...{ nas: NAS, partition: "mail", protocol: "NFS", size: 100, description: "Mail of example.org" },
  access: { "192.0.2.1": "readwrite", "192.0.2.16/28": "readonly" },
  snapshots: ["hour-6", "day-1"],
};
const engine = (polling = SOON) => new Engine(onTheWire(new NasShareHandler(account.api, polling)));
const partition = () => account.fake.state.nashas[NAS]?.partitions[0];
const short = () =>
  account.writes().map(({ method, path, body }) => {
    const { ip, snapshotType, size } = (body ?? {}) as Record<string, string>;
    return [method, decodeURIComponent(path.replace(/.*\/partition/, "")), ip ?? snapshotType ?? size]
      .filter(Boolean)
      .join(" ");
  });
const MINE = ["192.0.2.1/32 readwrite", "192.0.2.16/28 readonly"];
const clients = () => partition()?.accesses.map(({ ip, type }) => `${ip} ${type}`);

test("a partition is made with its clients and snapshots, and then there is nothing to do", async () => {
  const one = engine();
  expect(await one.preview(wanted)).toBe("create");
  expect(account.writes()).toEqual([]);
  const { id, outputs } = await one.up(wanted);
  expect(id).toBe("zpool-123456/mail");
  expect(outputs.mountPath).toBe("10.201.0.5:/zpool-123456/mail");
  expect(partition()).toMatchObject({ protocol: "NFS", size: 100, partitionDescription: "Mail of example.org" });
  expect(clients()).toEqual(MINE);
  expect(partition()?.snapshots.sort()).toEqual(["day-1", "hour-6"]);
  account.writes();
  expect(await one.preview({ ...wanted, snapshots: ["day-1", "hour-6"] })).toEqual({});
  await one.up(wanted);
  expect(account.writes()).toEqual([]);
});

test("what others entered stays: neither shown nor taken away", async () => {
  const one = engine();
  await one.up(wanted);
  partition()?.accesses.push({ accessId: 1, ip: "203.0.113.9/32", type: "readwrite", aclDescription: "by hand" });
  partition()?.snapshots.push("day-7");
  expect(await one.preview(wanted)).toEqual({});
  await one.up({ ...wanted, access: {}, snapshots: [] });
  expect(clients()).toEqual(["203.0.113.9/32 readwrite"]);
  expect(partition()?.snapshots).toEqual(["day-7"]);
});

test("what was changed by hand is shown, each by itself, and set back", async () => {
  const one = engine();
  await one.up(wanted);
  const live = partition();
  if (live) {
    Object.assign(live, { size: 150, partitionDescription: "?", snapshots: ["day-1"] });
    live.accesses = live.accesses.slice(0, 1).map((access) => ({ ...access, type: "readonly" }));
  }
  expect(await one.preview(wanted)).toEqual({
    size: "update",
    description: "update",
    snapshots: "update",
    'access["192.0.2.1"]': "update",
    'access["192.0.2.16/28"]': "add",
  });
  expect(one.state?.inputs).toMatchObject({ size: 150, access: { "192.0.2.1": "readonly" } });
  await one.up(wanted);
  expect(clients()?.sort()).toEqual(MINE);
  expect(await one.preview(wanted)).toEqual({});
});

test("it grows and shrinks, which takes OVH a while; a new client is let in before an old one is taken off", async () => {
  const one = engine();
  await one.up(wanted);
  account.writes();
  const other = { ...wanted, size: 200, access: { "192.0.2.2": "readwrite", "192.0.2.16/28": "readonly" } };
  expect(await one.preview(other)).toEqual({
    size: "update",
    'access["192.0.2.1"]': "delete",
    'access["192.0.2.2"]': "add",
  });
  await one.up(other);
  expect(partition()?.size).toBe(200);
  expect(short()).toEqual(["PUT /mail 200", "POST /mail/access 192.0.2.2/32", "DELETE /mail/access/192.0.2.1/32"]);
  await one.up({ ...other, size: 50 });
  expect(partition()?.size).toBe(50);
  expect(account.writes()).toMatchObject([{ body: { size: 50, partitionDescription: "Mail of example.org" } }]);
});

test("a run interrupted while the partition is made: the next one waits for that task and goes on", async () => {
  account.fake.settings.delay = 60;
  expect(await refusal(engine({ everyMs: 10, limitMs: 30 }).up(wanted))).toContain(
    "the next run waits for the same task",
  );
  const one = engine();
  await one.up(wanted);
  expect(account.fake.log.filter(({ method, path }) => method === "POST" && path.endsWith("/partition"))).toHaveLength(
    1,
  );
  expect(clients()).toEqual(MINE);
});

test("one that exists is taken over; import takes everything that is there", async () => {
  await engine().up(wanted);
  const two = engine();
  expect(await two.preview({ ...wanted, size: 300 })).toBe("create");
  expect(two.report.lines.join()).toContain("exists with 100 GiB: it is taken over");
  const three = engine();
  const { description: _, ...rest } = wanted;
  expect(await three.importing("zpool-123456/mail")).toMatchObject({
    inputs: { ...rest, description: "Mail of example.org", snapshots: ["day-1", "hour-6"] },
  });
  expect(await refusal(engine().importing("mail"))).toContain("zpool-123456/mail");
  expect(await engine().importing(`${NAS}/none`)).toBeUndefined();
});

test("delete detaches only, and says so", async () => {
  const one = engine();
  await one.up(wanted);
  account.writes();
  await one.remove();
  expect(account.writes()).toEqual([]);
  expect(partition()?.partitionName).toBe("mail");
  expect(one.report.lines.join()).toContain("zpool-123456/mail stays at OVH with its data");
});

test("a preview refuses an unknown NAS, more than it has, and another protocol", async () => {
  expect(await refusal(engine().preview({ ...wanted, nas: "zpool-9" }))).toMatch(
    /no NAS-HA zpool-9.*\nit has zpool-123456/,
  );
  expect(await refusal(engine().preview({ ...wanted, size: 1001 }))).toContain("has 1000 GiB; mail wants 1001 GiB");
  const one = engine();
  await one.up(wanted);
  expect(await refusal(one.preview({ ...wanted, protocol: "CIFS" }))).toMatch(
    /speaks NFS; OVH cannot change that to CIFS\ndeclare protocol NFS/,
  );
  await one.up({ ...wanted, size: 1000 });
  expect(await refusal(engine().preview({ ...wanted, partition: "more", size: 10 }))).toContain(
    "takes no further partition",
  );
});

test("check names every mistake; unknown values pass", async () => {
  const check = (news: object) =>
    engine()
      .handler.check("urn", { ...wanted, ...news })
      .map(({ property }) => property);
  const wrong = { nas: "", partition: "a/b", protocol: "AFP", size: 1.5, snapshots: ["daily"] };
  expect(check({ ...wrong, access: { host: "write" } })).toEqual([
    ...["nas", "partition", "protocol", "size", 'access["host"]', 'access["host"]', "snapshots"],
  ]);
  expect(check({ size: UNKNOWN, access: UNKNOWN, snapshots: UNKNOWN, nas: UNKNOWN })).toEqual([]);
  const one = engine();
  expect(await one.preview({ ...wanted, access: UNKNOWN, size: UNKNOWN })).toBe("create");
  await one.up(wanted);
  expect(await one.preview({ ...wanted, access: UNKNOWN })).toEqual({ access: "update" });
});

/** S3 containers with their users, against the fake API over HTTPS. */
import { onTheWire, type ResourceState } from "../../../../provider/handler";
import { ObjectStorageHandler } from "../../../../provider/ovh/storage/object-storage";
import { UNKNOWN, type ValueMap } from "../../../../provider/values";
import { Engine, fakeAccount, refusal, SOON } from "../ip/fake-account";

const PROJECT = "0123456789abcdef0123456789abcdef";
let account: Awaited<ReturnType<typeof fakeAccount>>;
beforeEach(async () => {
  account = await fakeAccount({ projects: { [PROJECT]: ["GRA", "SBG"] } });
});
afterEach(() => account.close());

const wanted: ValueMap = { project: PROJECT, region: "GRA", container: "backups", versioning: true };
const locked = { ...wanted, objectLock: { mode: "governance", period: "P7D" } };
const engine = () => new Engine(onTheWire(new ObjectStorageHandler(account.api, SOON)));
const project = () => account.fake.state.projects[PROJECT];
const container = () => project()?.containers[0];
const user = () => project()?.users[0];

test("container, user, policy and credentials are made; then there is nothing to do", async () => {
  const one = engine();
  expect(await one.preview(wanted)).toBe("create");
  expect(account.writes()).toEqual([]);
  const { id, outputs } = await one.up(wanted);
  expect(id).toBe(`${PROJECT}/GRA/backups`);
  expect(container()?.versioning).toEqual({ status: "enabled" });
  expect(user()).toMatchObject({ description: "postfleet backups", roles: ["objectstore_operator"] });
  const [credential] = user()?.credentials ?? [];
  expect(outputs).toMatchObject({
    endpoint: "https://s3.gra.io.cloud.ovh.net",
    userId: String(user()?.id),
    accessKey: credential?.access,
    secretKey: credential?.secret,
  });
  expect(one.handler.secretOutputs).toEqual(["secretKey"]);
  expect(JSON.stringify(outputs)).not.toContain("password");
  account.writes();
  expect(await one.preview(wanted)).toEqual({});
  await one.up(wanted);
  expect(account.writes()).toEqual([]);
});

test("the user may use this container only, and cannot destroy old versions", async () => {
  await engine().up(wanted);
  const { Statement: statements } = JSON.parse(user()?.policy ?? "{}") as {
    Statement: { Action: string[]; Resource: string[] }[];
  };
  expect(statements.flatMap((s) => s.Resource)).toEqual(["arn:aws:s3:::backups", "arn:aws:s3:::backups/*"]);
  const actions = statements.flatMap((s) => s.Action);
  expect(actions).toContain("s3:PutObject");
  expect(actions.filter((action) => /\*|Version|Bypass|Retention|Policy|DeleteBucket/.test(action))).toEqual([]);
});

test("the lock is set at creation; P7D that comes back as P1W is no difference", async () => {
  const one = engine();
  await one.up(locked);
  expect(container()?.objectLock).toEqual({ status: "enabled", rule: { mode: "governance", period: "P1W" } });
  expect(await one.preview(locked)).toEqual({});
  expect(one.state?.inputs.objectLock).toEqual({ mode: "governance", period: "P7D" });
  expect(await one.preview({ ...locked, objectLock: { mode: "governance", period: "P1W" } })).toEqual({});
});

test.each<[string, ValueMap, ValueMap]>([
  ["longer", locked, { ...locked, objectLock: { mode: "governance", period: "P30D" } }],
  ["stricter", locked, { ...locked, objectLock: { mode: "compliance", period: "P7D" } }],
  ["gone", locked, wanted],
  ["new", wanted, locked],
])("a lock that is to be %s is refused in the preview, with both", async (_, before, after) => {
  const one = engine();
  await one.up(before);
  expect(await refusal(one.preview(after))).toMatch(
    /object lock of backups is (governance for P1W|none), and wanted is .*\ndeclare what it has, or a container of another name/,
  );
});

test("versioning changed by hand is shown and set back; where it is not wanted it is suspended, with the lock kept", async () => {
  const one = engine();
  await one.up(wanted);
  const live = container();
  if (live) live.versioning = { status: "suspended" };
  expect(await one.preview(wanted)).toEqual({ versioning: "update" });
  await one.up(wanted);
  expect(live?.versioning.status).toBe("enabled");
  await one.up({ ...wanted, versioning: false });
  expect(live?.versioning.status).toBe("suspended");
  expect(await one.preview({ ...wanted, versioning: false })).toEqual({});
});

test("rights widened by hand are shown and taken back; the credentials stay", async () => {
  const one = engine();
  const before = await one.up(wanted);
  const someone = user();
  if (someone) someone.policy = JSON.stringify({ Statement: [{ Effect: "Allow", Action: ["s3:*"], Resource: ["*"] }] });
  expect(await one.preview(wanted)).toEqual({ userDescription: "update" });
  expect(one.report.lines.join("\n")).toMatch(/rights of user-.* were changed by hand to .*s3:\*/);
  const after = await one.up(wanted);
  expect(someone?.policy).not.toContain("s3:*");
  expect(after.outputs.secretKey).toBe(before.outputs.secretKey);
  expect(await one.preview(wanted)).toEqual({});
});

test("the same policy in another order is no change", async () => {
  const one = engine();
  await one.up(wanted);
  const someone = user();
  const [statement] = (JSON.parse(someone?.policy ?? "") as { Statement: Record<string, string[]>[] }).Statement;
  const turned = Object.fromEntries(
    Object.entries(statement ?? {})
      .reverse()
      .map(([key, value]) => [key, Array.isArray(value) ? [...value].reverse() : value]),
  );
  if (someone) someone.policy = JSON.stringify({ Statement: [turned] }, undefined, 2);
  expect(await one.preview(wanted)).toEqual({});
});

test("credentials or a user removed by hand are shown, and made anew", async () => {
  const one = engine();
  const before = await one.up(wanted);
  const someone = user();
  if (someone) someone.credentials = [];
  expect(await one.preview(wanted)).toEqual({ userDescription: "update" });
  const after = await one.up(wanted);
  expect(after.outputs.secretKey).not.toBe(before.outputs.secretKey);
  const all = project();
  if (all) all.users = [];
  await one.preview(wanted);
  expect(one.report.lines.at(-1)).toContain('there is no user "postfleet backups"');
  await one.up(wanted);
  expect(user()?.credentials).toHaveLength(1);
});

test("an interrupted run is finished with the container, user and credentials that it left", async () => {
  account.fake.faults.add({ method: "POST", path: /policy$/, status: 400, message: "not now" });
  expect(await refusal(engine().up(locked))).toContain("not now");
  const state = project();
  expect([state?.containers.length, state?.users.length]).toEqual([1, 1]);
  await engine().up(locked);
  await engine().up(locked);
  expect([state?.containers.length, state?.users.length, user()?.credentials.length]).toEqual([1, 1, 1]);
});

test("delete removes nothing, and says so", async () => {
  const one = engine();
  await one.up(wanted);
  account.writes();
  await one.remove();
  expect(account.writes()).toEqual([]);
  expect(one.report.lines.join()).toContain("stays at OVH with its data");
});

test("import finds container and user; a container removed by hand is made anew", async () => {
  const one = engine();
  await one.up(locked);
  const two = engine();
  expect(await two.importing(`${PROJECT}/GRA/backups`)).toMatchObject({
    inputs: { ...wanted, objectLock: { mode: "governance", period: "P1W" } },
  });
  await two.up(locked);
  expect(two.state?.outputs.secretKey).toBe(one.state?.outputs.secretKey);
  expect(await refusal(engine().importing("backups"))).toContain("<project>/<region>/<container>");
  const state = project();
  if (state) state.containers = [];
  expect(await one.preview(locked)).toBe("create");
});

describe("what import takes over", () => {
  const id = `${PROJECT}/GRA/backups`;

  test("has its credentials at once, and then there is nothing to do", async () => {
    const made = (await engine().up(wanted)).outputs;
    const one = engine();
    const imported = await one.importing(id);
    const { endpoint, userId, accessKey, secretKey } = made;
    expect(imported?.outputs).toMatchObject({ endpoint, userId, accessKey, secretKey });
    expect(imported?.outputs).not.toHaveProperty("missing");
    expect(await one.preview(wanted)).toEqual({});
  });

  test("is found with a user of another description, by what it may use", async () => {
    const named = { ...wanted, userDescription: "restic" };
    const { outputs } = await engine().up(named);
    await engine().up({ ...wanted, container: "other" });
    const one = engine();
    const imported = await one.importing(id);
    expect(imported?.inputs.userDescription).toBe("restic");
    expect(imported?.outputs.secretKey).toBe(outputs.secretKey);
    expect(await one.preview(named)).toEqual({});
  });

  test("changes nothing at OVH; a container without a user is told of, and gets one from the next update", async () => {
    await engine().up(wanted);
    const all = project();
    if (all) all.users = [];
    account.writes();
    const one = engine();
    const imported = await one.importing(id);
    expect(account.writes()).toEqual([]);
    expect(one.report.lines.join()).toContain("no user with the rights of this container alone");
    // Nothing to change in the import itself: the engine would refuse it.
    const diffed = one.handler.diff(imported as ResourceState, wanted, one.report, false);
    expect(await diffed).toEqual({});
    expect(await one.preview(wanted)).toEqual({ userDescription: "update" });
    expect((await one.up(wanted)).outputs).toMatchObject({ accessKey: user()?.credentials[0]?.access });
  });
});

test.each<[string, ValueMap]>([
  ["a lock", { objectLock: UNKNOWN }],
  ["its mode", { objectLock: { mode: UNKNOWN, period: "P7D" } }],
  ["its period", { objectLock: { mode: "governance", period: UNKNOWN } }],
  ["both", { objectLock: { mode: UNKNOWN, period: UNKNOWN } }],
])("%s that is not known yet is a possible change, and not refused", async (_, news) => {
  const one = engine();
  await one.up(locked);
  expect(one.handler.check("urn", { ...wanted, ...news })).toEqual([]);
  expect(await one.preview({ ...wanted, ...news })).toEqual({ objectLock: "update" });
  const other = engine();
  await other.up({ ...wanted, container: "plain" });
  if (news.objectLock === UNKNOWN) {
    expect(await other.preview({ ...wanted, container: "plain", ...news })).toEqual({ objectLock: "update" });
  }
});

test("what is known of a lock is compared all the same", async () => {
  const one = engine();
  await one.up(locked);
  const strict = { ...wanted, objectLock: { mode: "compliance", period: UNKNOWN } };
  expect(await refusal(one.preview(strict))).toContain("is governance for P1W, and wanted is compliance");
  const plain = engine();
  await plain.up({ ...wanted, container: "plain" });
  const some = { ...wanted, container: "plain", objectLock: { mode: UNKNOWN, period: "P7D" } };
  expect(await refusal(plain.preview(some))).toContain("object lock of plain is none");
});

test("a preview refuses a project or region that does not exist, with those that do", async () => {
  expect(await refusal(engine().preview({ ...wanted, region: "WAW" }))).toMatch(/no region WAW\nit has GRA, SBG/);
  expect(await refusal(engine().preview({ ...wanted, project: "ffff" }))).toMatch(/no project ffff.*\nit has 0123/);
});

test("check names every mistake; unknown values pass, and a preview knows no credentials yet", async () => {
  const check = (news: object) =>
    engine()
      .handler.check("urn", { ...wanted, ...news })
      .map(({ property }) => property);
  expect(check({ project: "", region: "a/b", container: "My.Bucket" })).toEqual(["project", "region", "container"]);
  expect(check({ versioning: false, objectLock: { mode: "hard", period: "7 days" } })).toEqual([
    ...["objectLock.mode", "objectLock.period", "versioning"],
  ]);
  expect(check({ objectLock: { mode: "governance", period: "P0D" } })).toEqual(["objectLock.period"]);
  expect(check({ project: UNKNOWN, objectLock: UNKNOWN })).toEqual([]);
  const made = await engine().handler.create("urn", { ...wanted, project: UNKNOWN }, true, engine().report);
  expect(made.outputs).toMatchObject({ accessKey: UNKNOWN, secretKey: UNKNOWN, endpoint: UNKNOWN });
});

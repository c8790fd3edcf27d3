import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MemoryWorld } from "../../../lab/ovh/memory-world";
import { Router } from "../../../lab/ovh/router";
import { startFakeOvh } from "../../../lab/ovh/server";
import { newFolder } from "../../support/folder";
import { call, quickFake } from "./client";

const ZONE = "/domain/zone/example.org";
const account = { zones: { "example.org": [] }, servers: { srv1: { ip: "192.0.2.1" } } };

test("a fault hits the calls it names, as often as it says, after those it lets pass", async () => {
  const { fake } = await quickFake({ account });
  fake.faults.add({ method: "GET", path: /^\/domain\/zone$/, status: 429, times: 2, skip: 1, retryAfter: 3 });
  const answers = [];
  for (let i = 0; i < 4; i++) answers.push(await call(fake, "GET", "/domain/zone"));
  expect(answers.map(({ status }) => status)).toEqual([200, 429, 429, 200]);
  expect(answers[1]?.headers["retry-after"]).toBe("3");
  expect(answers[1]?.json).toMatchObject({ httpCode: "429 Too Many Requests" });
  expect(fake.faults.pending).toBe(0);
  await fake.close();
});

test("a fault comes in the place of the act, or after it; as HTML, or as a cut connection", async () => {
  const { fake, get } = await quickFake({ account });
  const record = (target: string) => call(fake, "POST", `${ZONE}/record`, { fieldType: "A", target });
  fake.faults.add({ path: /record$/, status: 502, html: true });
  const gateway = await record("192.0.2.1");
  expect([gateway.status, gateway.text]).toEqual([502, expect.stringContaining("<html>")]);
  expect(await get(`${ZONE}/record?fieldType=A`)).toHaveLength(0);
  fake.faults.add({ path: /record$/, status: 500, afterwards: true });
  expect((await record("192.0.2.2")).status).toBe(500);
  expect(await get(`${ZONE}/record?fieldType=A`)).toHaveLength(1);
  fake.faults.add({ path: /record$/, drop: true });
  await expect(record("192.0.2.3")).rejects.toThrow();
  expect(await get(`${ZONE}/record?fieldType=A`)).toHaveLength(2);
  const writes = fake.log.filter(({ method }) => method === "POST");
  expect(writes.map(({ status }) => status)).toEqual([502, 500, 0]);
  await fake.close();
});

test("void answers can be chosen", async () => {
  const { fake } = await quickFake({ account });
  const put = () => call(fake, "PUT", "/dedicated/server/srv1", { monitoring: false });
  const answers = [];
  for (const kind of ["null", "empty", "204"] as const) {
    fake.settings.voidAnswer = kind;
    const { status, text } = await put();
    answers.push([status, text]);
  }
  expect(answers).toEqual([
    [200, "null"],
    [200, ""],
    [204, ""],
  ]);
  await fake.close();
});

test("with a directory, everything is there again after a restart, and open tasks go on", async () => {
  const directory = newFolder();
  const world = new MemoryWorld();
  const credentials = { applicationKey: "a", applicationSecret: "b", consumerKey: "c" };
  const options = { world, account, directory, credentials };
  const first = await startFakeOvh({ ...options, delay: 60_000 });
  await call(first, "POST", `${ZONE}/record`, { fieldType: "A", subDomain: "kept", target: "192.0.2.7" });
  await call(first, "POST", `${ZONE}/refresh`);
  const install = { operatingSystem: "debian13_64", customizations: { hostname: "one" } };
  const task = await call(first, "POST", "/dedicated/server/srv1/reinstall", install);
  await first.close();
  expect(world.installed.size).toBe(0);

  const second = await startFakeOvh({ ...options, delay: 5 });
  await second.idle();
  expect(world.installed.get("srv1")).toEqual({ image: "debian13_64", hostname: "one" });
  expect(world.published.get("example.org")?.text).toContain("192.0.2.7");
  expect((await call(second, "GET", `/dedicated/server/srv1/task/${task.json.taskId}`)).json.status).toBe("done");
  await second.close();
  expect(existsSync(join(directory, "state.json"))).toBe(true);
});

test("the directory of a fake without one is gone after its end; a broken state file is an error", async () => {
  const { fake } = await quickFake();
  expect(existsSync(fake.caFile)).toBe(true);
  await fake.close();
  expect(existsSync(fake.caFile)).toBe(false);
  const directory = newFolder();
  writeFileSync(join(directory, "state.json"), "{");
  await expect(startFakeOvh({ world: new MemoryWorld(), directory })).rejects.toThrow(/JSON/);
});

test("paths are split as they were sent, and decoded then", async () => {
  const router = new Router();
  router.on("GET", "/ip/{block}/reverse/{ip}", ({ params }) => params);
  const run = (path: string) => router.run("GET", path, new URLSearchParams(), undefined);
  expect(await run("/ip/2001%3Adb8%3A%3A%2F64/reverse/2001%3Adb8%3A%3A1")).toEqual({
    block: "2001:db8::/64",
    ip: "2001:db8::1",
  });
  await expect(run("/ip/192.0.2.0/28/reverse/192.0.2.1")).rejects.toMatchObject({ status: 404 });
  await expect(run("/ip//reverse/192.0.2.1")).rejects.toMatchObject({ status: 404 });
});

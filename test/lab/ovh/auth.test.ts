import { granted } from "../../../lab/ovh/auth";
import type { FakeOvh } from "../../../lab/ovh/server";
import { call, quickFake, vendorClient } from "./client";

let fake: FakeOvh;
beforeAll(async () => {
  ({ fake } = await quickFake({ account: { zones: { "example.org": [] }, servers: { srv1: { ip: "192.0.2.1" } } } }));
});
afterAll(() => fake.close());

test("the vendor's client is believed, which signs the URL without its port", async () => {
  const client = vendorClient(fake);
  expect(await client.requestPromised("GET", "/domain/zone")).toEqual(["example.org"]);
  const body = { fieldType: "TXT", subDomain: "u", target: "ü" };
  // Non-ASCII text is escaped by it before it signs; OVH then refuses it by its content, not by its signature.
  await expect(client.requestPromised("POST", "/domain/zone/example.org/record", body)).rejects.toMatchObject({
    error: 400,
    message: expect.stringContaining("Invalid target"),
  });
});

test("a URL signed with its port is believed too", async () => {
  const answer = await call(fake, "GET", "/domain/zone?x=1", undefined, { withPort: true });
  expect(answer.status).toBe(200);
  expect(answer.headers["x-ovh-queryid"]).toMatch(/^LAB/);
});

test.each([
  ["a wrong signature", { "X-Ovh-Signature": `$1$${"0".repeat(40)}` }, 400, "INVALID_SIGNATURE", "Invalid signature"],
  ["no signature", { "X-Ovh-Signature": "" }, 400, "INVALID_SIGNATURE", "Invalid signature"],
  ["an unknown application", { "X-Ovh-Application": "x" }, 403, "INVALID_KEY", "Invalid application key"],
  ["an unknown consumer", { "X-Ovh-Consumer": "x" }, 403, "NOT_CREDENTIAL", "This credential does not exist"],
  ["no consumer", { "X-Ovh-Consumer": "" }, 401, "NOT_CREDENTIAL", "You must login first"],
])("%s is refused in OVH's words", async (_, headers, status, errorCode, message) => {
  const answer = await call(fake, "GET", "/domain/zone", undefined, { headers });
  expect([answer.status, answer.json.errorCode, answer.json.message]).toEqual([status, errorCode, message]);
});

test("the body is part of the signature", async () => {
  const signed = await call(fake, "POST", "/domain/zone/example.org/refresh");
  expect(signed.status).toBe(204);
  const other = await call(fake, "PUT", "/dedicated/server/srv1", { monitoring: false });
  expect(other.status).toBe(200);
  const altered = { "X-Ovh-Signature": "$1$" };
  expect((await call(fake, "PUT", "/dedicated/server/srv1", { monitoring: true }, { headers: altered })).status).toBe(
    400,
  );
});

test("a clock that is off is refused, unless it follows OVH's", async () => {
  expect((await call(fake, "GET", "/domain/zone", undefined, { ahead: 480 })).json.errorCode).toBe("INVALID_SIGNATURE");
  fake.settings.timeDrift = 480;
  const time = await call(fake, "GET", "/auth/time");
  expect(time.json - Math.floor(Date.now() / 1000)).toBeGreaterThan(470);
  expect((await call(fake, "GET", "/domain/zone", undefined, { ahead: 480 })).status).toBe(200);
  fake.settings.timeDrift = 0;
});

test("access rules: a star spans slashes, and implies nothing", () => {
  const rules = [{ method: "GET", path: "/domain/zone/*/record*" }];
  expect(granted(rules, "GET", "/domain/zone/example.org/record/12")).toBe(true);
  expect(granted(rules, "GET", "/domain/zone/example.org/record")).toBe(true);
  expect(granted(rules, "POST", "/domain/zone/example.org/record")).toBe(false);
  expect(granted([{ method: "*", path: "/ip/*" }], "GET", "/ip")).toBe(false);
  expect(granted([{ method: "*", path: "/ip/*" }], "GET", "/ip/192.0.2.0%2F28/reverse")).toBe(true);
  expect(granted([{ method: "*", path: "/me.x" }], "GET", "/meax")).toBe(false);
});

test("a call that no rule grants is refused; what concerns the key itself is not", async () => {
  fake.grant([{ method: "GET", path: "/ip*" }]);
  const refused = await call(fake, "GET", "/domain/zone");
  expect([refused.status, refused.json.errorCode]).toEqual([403, "NOT_GRANTED_CALL"]);
  expect(refused.json.message).toBe("This call has not been granted");
  expect((await call(fake, "GET", "/ip")).status).toBe(200);
  expect((await call(fake, "GET", "/auth/currentCredential")).json.rules).toEqual([{ method: "GET", path: "/ip*" }]);
  expect((await call(fake, "GET", "/auth/details")).json.method).toBe("application");
  fake.grant([{ method: "*", path: "/*" }]);
});

test("a new consumer key is not valid before a person has confirmed it", async () => {
  const asked = await call(fake, "POST", "/auth/credential", { accessRules: [{ method: "GET", path: "/*" }] });
  expect(asked.json).toMatchObject({ state: "pendingValidation", validationUrl: expect.stringMatching(/^https:/) });
  const client = vendorClient(fake, asked.json.consumerKey);
  await expect(client.requestPromised("GET", "/domain/zone")).rejects.toMatchObject({ error: 403 });
});

test("nothing secret is in the log", async () => {
  const customizations = { hostname: "srv1", postInstallationScript: "#!/bin/sh\necho private-key\n" };
  await call(fake, "POST", "/dedicated/server/srv1/reinstall", { operatingSystem: "debian13_64", customizations });
  const logged = JSON.stringify(fake.log);
  expect(logged).toContain('"hostname":"srv1"');
  expect(logged).not.toContain("private-key");
  for (const secret of [fake.credentials.applicationSecret, fake.credentials.consumerKey]) {
    expect(logged).not.toContain(secret);
  }
});

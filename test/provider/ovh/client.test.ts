/** The client with the vendor's own client in it, against an HTTPS server of a few lines. */
import { join } from "node:path";
import { OvhError } from "../../../provider/ovh/api";
import { ovhApi } from "../../../provider/ovh/client";
import { failureOf } from "../../support/failure";
import { newFolder } from "../../support/folder";
import { KEYS, type Noted, type Reply, startStub } from "./stub";

const TIMING = { firstMs: 5, longestMs: 20, totalMs: 300, answerMs: 400 };
let stub: Awaited<ReturnType<typeof startStub>>;
let reply: (request: Noted, earlier: number) => Reply;

beforeAll(async () => {
  stub = await startStub((request, earlier) => reply(request, earlier));
});
afterAll(() => stub.stop());
beforeEach(() => {
  stub.noted.length = 0;
  stub.busy.most = 0;
  reply = () => ({ status: 200, text: "null" });
});

const api = () => ovhApi({ endpoint: stub.endpoint, caFile: stub.caFile, ...KEYS }, TIMING);
const json = (status: number, value: unknown, headers?: Record<string, string>): Reply => ({
  status,
  text: JSON.stringify(value),
  ...(headers ? { headers } : {}),
});
async function refused(call: Promise<unknown>): Promise<OvhError> {
  const error = await failureOf<OvhError>(call);
  expect(error).toBeInstanceOf(OvhError);
  return error;
}

test("calls are signed with OVH's clock, queries and bodies too; the caller's object stays as it was", async () => {
  const body = { name: "Größe", none: null };
  await api().get("/me/x", { subDomain: "a b", n: 1 });
  await api().post("/me/x", body);
  expect(stub.noted).toMatchObject([
    { method: "GET", url: "/1.0/me/x?subDomain=a%20b&n=1", signed: true },
    { method: "POST", url: "/1.0/me/x", body: '{"name":"Gr\\u00f6\\u00dfe"}', signed: true },
  ]);
  expect(body).toEqual({ name: "Größe", none: null });
});

test("paths that contain /auth are signed as well, which the vendor's client leaves out", async () => {
  await api().get("/auth/currentCredential");
  await api().get("/dedicated/server/s/features/backupFTP/authorizableIps", { a: 1 });
  expect(stub.noted).toMatchObject([
    { url: "/1.0/auth/currentCredential", signed: true },
    { url: "/1.0/dedicated/server/s/features/backupFTP/authorizableIps?a=1", signed: true },
  ]);
});

test.each([
  [200, '{"id":7}', { id: 7 }],
  [201, '{"id":7}', { id: 7 }],
  [204, undefined, null],
  [200, "", null],
  [200, "null", null],
  [202, '"done"', "done"],
])("POST answered %i %j is success", async (status, text, expected) => {
  reply = () => ({ status, ...(text === undefined ? {} : { text }) });
  expect(await api().post("/x")).toEqual(expected);
});

test("an error holds the call, the status and all that OVH said", async () => {
  const details = { unauthorizedActionsByIAM: "dnsZone:apiovh:refresh" };
  reply = () => json(403, { class: "Client::Forbidden", message: "User not granted for this request", details });
  const error = await refused(api().post("/domain/zone/example.org/refresh"));
  expect(error.message).toBe(
    'OVH: POST /domain/zone/example.org/refresh answered 403: User not granted for this request (Client::Forbidden, query EU.q-1) {"unauthorizedActionsByIAM":"dnsZone:apiovh:refresh"}',
  );
  expect(error.hint).toMatch(/docs\/ovh.md/);
  expect(stub.noted).toHaveLength(1);
});

test("older errors and HTML answers are told with their status", async () => {
  reply = () =>
    json(400, { errorCode: "INVALID_SIGNATURE", httpCode: "400 Bad Request", message: "Invalid signature" });
  expect(await refused(api().get("/x"))).toMatchObject({
    status: 400,
    said: { errorCode: "INVALID_SIGNATURE" },
    hint: expect.stringMatching(/applicationSecret/),
  });
  reply = () => ({ status: 408, text: "<html>" });
  expect(await refused(api().get("/x"))).toMatchObject({ status: 408, said: { message: "no JSON" } });
});

describe("repeating", () => {
  const flaky =
    (...first: Reply[]): typeof reply =>
    (_request, earlier) =>
      first[earlier] ?? json(200, "ok");
  const html502: Reply = { status: 502, text: "<html>Bad gateway</html>" };

  test.each(["get", "put", "delete"] as const)("%s goes on after 5xx, HTML, 429 and a cut answer", async (verb) => {
    reply = flaky(html502, json(500, { message: "Internal error" }), json(429, { message: "Slow down" }), "cut");
    expect(await api()[verb]("/x")).toBe("ok");
    expect(stub.noted).toHaveLength(5);
  });

  test("POST goes on after 429 alone, unless the caller says that it is repeatable", async () => {
    reply = flaky(json(429, {}), html502);
    expect(await refused(api().post("/x"))).toMatchObject({ status: 502 });
    expect(stub.noted).toHaveLength(2);
    reply = flaky(html502, "cut");
    expect(await refused(api().post("/y"))).toMatchObject({ status: 502 });
    expect(await api().post("/z", {}, { repeatable: true })).toBe("ok");
    reply = flaky("cut");
    expect(await refused(api().post("/w"))).toMatchObject({ status: 0, said: { message: "ECONNRESET" } });
  });

  test("4xx and 501 never", async () => {
    for (const status of [400, 401, 403, 404, 409, 460, 501]) {
      reply = () => json(status, { message: "no" });
      stub.noted.length = 0;
      expect((await refused(api().get("/x"))).status).toBe(status);
      expect(stub.noted).toHaveLength(1);
    }
  });

  test("it ends in bounded time, and says how often it tried", async () => {
    reply = () => json(503, { message: "Maintenance" });
    const began = Date.now();
    const error = await refused(api().get("/x"));
    expect(Date.now() - began).toBeLessThan(1000);
    expect(error.said.message).toBe(`Maintenance (tried ${stub.noted.length} times)`);
    expect(stub.noted.length).toBeGreaterThan(5);
  });

  test("Retry-After is honoured, and nothing is tried when it asks for more than there is time", async () => {
    reply = flaky(json(429, {}, { "retry-after": "0.2" }));
    expect(await api().get("/x")).toBe("ok");
    expect((stub.noted[1] as Noted).at - (stub.noted[0] as Noted).at).toBeGreaterThan(190);
    stub.noted.length = 0;
    reply = () => json(429, {}, { "retry-after": "3600" });
    expect(await refused(api().get("/y"))).toMatchObject({ status: 429, hint: expect.stringMatching(/minutes/) });
    expect(stub.noted).toHaveLength(1);
  });

  test("an answer that does not come is given up", async () => {
    reply = () => ({ status: 200, text: "1", delayMs: 700 });
    expect(await refused(api().post("/x"))).toMatchObject({ status: 0, said: { message: "ETIMEDOUT" } });
  });

  test("nobody listens: POST is tried again, then the reason is named", async () => {
    const closed = ovhApi({ endpoint: "https://127.0.0.1:1", ...KEYS }, TIMING);
    expect(await refused(closed.post("/x"))).toMatchObject({
      status: 0,
      said: { message: expect.stringMatching(/^ECONNREFUSED \(tried \d+ times\)$/) },
      hint: expect.stringMatching(/endpoint/),
    });
  });
});

describe("order", () => {
  test("four calls at a time, answers of many calls at once are not mixed up", async () => {
    reply = ({ url }) => ({ status: 200, text: JSON.stringify(url), delayMs: 10 });
    const one = api();
    const paths = Array.from({ length: 24 }, (_, i) => `/x/${i}`);
    expect(await Promise.all(paths.map((path) => one.get(path)))).toEqual(paths.map((path) => `/1.0${path}`));
    expect(stub.busy.most).toBe(4);
  });

  test("writes to one service wait for each other, also for one that failed; other services do not", async () => {
    reply = ({ url }) => ({ status: url.includes("bad") ? 400 : 200, text: "1", delayMs: 20 });
    const one = api();
    await Promise.allSettled([1, 2, 3].map((i) => one.post(`/domain/zone/example.org/${i === 1 ? "bad" : i}`)));
    expect(stub.busy.most).toBe(1);
    expect(stub.noted).toHaveLength(3);
    await Promise.all([one.post("/domain/zone/a"), one.post("/domain/zone/b")]);
    expect(stub.busy.most).toBe(2);
  });
});

describe("settings", () => {
  const variables = ["OVH_ENDPOINT", "OVH_APPLICATION_KEY", "OVH_APPLICATION_SECRET", "OVH_CONSUMER_KEY"];
  const saved = variables.map((name) => [name, process.env[name]] as const);
  beforeEach(() => {
    for (const name of variables) delete process.env[name];
  });
  afterAll(() => {
    for (const [name, value] of saved) if (value !== undefined) process.env[name] = value;
  });

  test("everything that is missing or wrong is said at once, at the first call", async () => {
    const call = ovhApi({ endpoint: "http://x", applicationKey: "k" }).get("/x");
    await expect(call).rejects.toThrow(
      /endpoint "http:\/\/x" is unknown; allowed are ovh-eu, .*; no applicationSecret \(OVH_APPLICATION_SECRET\); no consumerKey \(OVH_CONSUMER_KEY\)$/,
    );
    await expect(call).rejects.toHaveProperty("hint", expect.stringMatching(/docs\/ovh.md/));
  });

  test("the client's usual environment variables serve where the configuration says nothing", async () => {
    process.env.OVH_ENDPOINT = stub.endpoint;
    process.env.OVH_APPLICATION_KEY = KEYS.applicationKey;
    process.env.OVH_APPLICATION_SECRET = KEYS.applicationSecret;
    process.env.OVH_CONSUMER_KEY = "overruled";
    await ovhApi({ consumerKey: KEYS.consumerKey, caFile: stub.caFile }, TIMING).get("/x");
    expect(stub.noted).toMatchObject([{ signed: true }]);
  });

  test("a certificate that nobody vouches for is refused at once, with the way to mend it", async () => {
    const { globalAgent } = await import("node:https");
    const { secureContext } = globalAgent.options;
    delete globalAgent.options.secureContext;
    // By another name than before, because a TLS session that is resumed is not verified again.
    const endpoint = stub.endpoint.replace("127.0.0.1", "localhost");
    const error = await refused(ovhApi({ endpoint, ...KEYS }, TIMING).get("/x"));
    globalAgent.options.secureContext = secureContext;
    expect(error).toMatchObject({ status: 0, hint: expect.stringMatching(/caFile/) });
    expect(error.message).not.toMatch(/tried/);
  });

  test("a redirect is not followed: credentials go to the API alone", async () => {
    reply = () => ({ status: 302, text: "", headers: { location: `${stub.endpoint}/elsewhere` } });
    await expect(ovhApi({ endpoint: stub.endpoint, caFile: stub.caFile, ...KEYS }, TIMING).get("/x")).rejects.toThrow();
    expect(stub.noted.map(({ url }) => url).filter((url) => url.includes("elsewhere"))).toEqual([]);
  });

  test("a CA file with a private key in it is refused", async () => {
    const caFile = join(newFolder({ "ca.pem": "-----BEGIN EC PRIVATE KEY-----\nMHcC\n" }), "ca.pem");
    const call = ovhApi({ endpoint: stub.endpoint, caFile, ...KEYS }, TIMING).get("/x");
    await expect(call).rejects.toThrow(/cannot be used: a private key is in it/);
  });

  test("a CA file that cannot be read is named", async () => {
    const call = ovhApi({ endpoint: stub.endpoint, caFile: "/nowhere.pem", ...KEYS }, TIMING).get("/x");
    await expect(call).rejects.toThrow(/the CA file \/nowhere.pem cannot be used: ENOENT/);
  });
});

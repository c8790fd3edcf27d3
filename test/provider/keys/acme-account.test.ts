/** An ACME account, against a directory of a few lines; the lab's scenarios use pebble, a real one. */

import { createPrivateKey } from "node:crypto";
import { onTheWire } from "../../../provider/handler";
import { acmeAccountHandler } from "../../../provider/keys/acme-account";
import { UNKNOWN } from "../../../provider/values";
import { failureOf } from "../../support/failure";
import { type HttpsServer, startHttps } from "../../support/loopback";

const handler = onTheWire(acmeAccountHandler);

const report = { info: () => {}, warn: () => {}, progress: () => {} };
let server: HttpsServer;
let base: string;
let answer: { status: number; refuse?: string } = { status: 200 };
let contacts: unknown[] = [];

beforeAll(async () => {
  server = await startHttps((request, response) => {
    const header = { "replay-nonce": "bm9uY2U", "content-type": "application/json" };
    let body = "";
    request.on("data", (data: Buffer) => {
      body += data.toString();
    });
    request.on("end", () => {
      if (request.url === "/dir") {
        const directory = { newNonce: `${base}/nonce`, newAccount: `${base}/account`, newOrder: `${base}/order` };
        response.writeHead(answer.status, header).end(JSON.stringify(directory));
      } else if (request.url === "/account" && answer.refuse) {
        const problem = { type: "urn:ietf:params:acme:error:invalidContact", detail: answer.refuse };
        response.writeHead(400, header).end(JSON.stringify(problem));
      } else if (request.url === "/account") {
        const { payload } = JSON.parse(body) as { payload: string };
        contacts.push(JSON.parse(Buffer.from(payload, "base64url").toString()));
        response.writeHead(201, { ...header, location: `${base}/account/7` }).end('{"status":"valid"}');
      } else response.writeHead(200, header).end();
    });
  });
  base = server.url;
});
afterAll(() => server.stop());
beforeEach(() => {
  [answer, contacts] = [{ status: 200 }, []];
});

const create = (news = {}, preview = false) =>
  handler.create(
    "urn",
    { directory: `${base}/dir`, email: "postmaster@example.org", caPem: server.caPem, ...news },
    preview,
    report,
  );
const failure = (news = {}) => failureOf(create(news));

test("an account is registered with its contact address, named by its URI, and its key is a secret", async () => {
  const { id, outputs } = await create();
  expect(id).toBe(`${base}/account/7`);
  expect(outputs).toMatchObject({ accountUri: id, email: "postmaster@example.org" });
  expect(createPrivateKey(String(outputs.accountKeyPem)).asymmetricKeyType).toBe("ec");
  expect(contacts).toEqual([{ termsOfServiceAgreed: true, contact: ["mailto:postmaster@example.org"] }]);
  expect(handler.secretOutputs).toEqual(["accountKeyPem"]);
});

test("a preview asks nobody", async () => {
  const { outputs } = await create({ directory: "https://nowhere.invalid/dir" }, true);
  expect(outputs).toMatchObject({ accountKeyPem: UNKNOWN, accountUri: UNKNOWN });
});

describe("an error names the directory, what was wrong, and what to look at", () => {
  test.each<[string, () => object, RegExp]>([
    ["a name that does not resolve", () => ({ directory: "https://acme.invalid/dir" }), /acme\.invalid/],
    ["a CA that is not trusted", () => ({ caPem: undefined }), /self-signed certificate/],
    ["a port where nobody listens", () => ({ directory: "https://127.0.0.1:1/dir" }), /ECONNREFUSED/],
  ])("%s", async (_story, news, words) => {
    const error = await failure(news());
    expect(error.message).toMatch(/^no ACME account at https:\/\//);
    expect(error.message).toMatch(words);
    expect(error.hint).toContain("certificates.acme.directory");
  });

  test("a server in trouble", async () => {
    answer = { status: 500 };
    expect((await failure()).message).toBe(`no ACME account at ${base}/dir: it answered 500`);
  });

  test("a CA that refuses: its own words", async () => {
    answer = { status: 200, refuse: "contact domain has no MX" };
    expect((await failure()).message).toContain("contact domain has no MX");
  });
});

test("only another directory replaces an account; plain http is refused", () => {
  const state = { id: "x", inputs: { directory: "https://a/dir", email: "a@example.org" }, outputs: {} };
  expect(handler.diff(state, { directory: "https://b/dir" }, report, false)).toEqual({ directory: "update-replace" });
  expect(handler.diff(state, { directory: "https://a/dir", email: "b@example.org" }, report, false)).toEqual({});
  const caPem = `${server.caPem}-----BEGIN PRIVATE KEY-----`;
  expect(handler.check("urn", { directory: "https://a/dir", caPem })[0]?.reason).toContain("holds a private key");
  expect(handler.check("urn", { directory: "https://a/dir", caPem: server.caPem })).toEqual([]);
  expect(handler.check("urn", { directory: "http://a/dir" })[0]?.reason).toContain('is "http://a/dir"; an https://');
});

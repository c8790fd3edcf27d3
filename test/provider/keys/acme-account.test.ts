/** An ACME account, against a directory of a few lines; the lab's scenarios use pebble, a real one. */

import { createPrivateKey } from "node:crypto";
import { onTheWire } from "../../../provider/handler";
import { acmeAccountHandler, checkedAccountUri } from "../../../provider/keys/acme-account";
import { UNKNOWN } from "../../../provider/values";
import { failureOf } from "../../support/failure";
import { type HttpsServer, startHttps } from "../../support/loopback";

const handler = onTheWire(acmeAccountHandler);

const report = { info: () => {}, warn: () => {}, progress: () => {} };
let server: HttpsServer;
let base: string;
let answer: { status: number; refuse?: string; location?: string } = { status: 200 };
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
        response
          .writeHead(201, { ...header, location: answer.location ?? `${base}/account/7` })
          .end('{"status":"valid"}');
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

test("a contact is a URI: what means something in one is encoded", async () => {
  await create({ email: "o'brien|a`b@example.org" });
  expect(contacts).toMatchObject([{ contact: ["mailto:o'brien%7Ca%60b@example.org"] }]);
});

describe("the URI of the account goes into DNS and into a program of root's", () => {
  test.each([
    "https://acme-v02.api.letsencrypt.org/acme/acct/1234567890",
    "https://ca.example:14000/my-account/1?a=b&c='d'(e)*$f~",
    "https://[2001:db8::1]/acct/%C3%A9",
    `https://ca.example/${"a".repeat(236)}`,
  ])("%s is taken as it is", (uri) => {
    expect(checkedAccountUri(uri)).toBe(uri);
  });

  test.each([
    ["plain http", "http://ca.example/1"],
    ["another scheme", "javascript:alert(1)"],
    ["a relative one", "/account/7"],
    ["nothing", ""],
    ["a login", "https://me:secret@ca.example/1"],
    ["an empty login", "https://@ca.example/1"],
    ["a quote of JSON and DNS", 'https://ca.example/"; issue "evil.example'],
    ["the end of a parameter of CAA", "https://ca.example/1;validationmethods=dns-01"],
    ["a back-tick", "https://ca.example/`id`"],
    ["a blank", "https://ca.example/a b"],
    ["a line break", "https://ca.example/1\nx"],
    ["a tab, which parsers pass over", "https://ca.exa\tmple/1"],
    ["the character 0", "https://ca.example/\0"],
    ["a backslash", "https://ca.example\\1"],
    ["a fragment", "https://ca.example/1#a"],
    ["half an escape", "https://ca.example/%4"],
    ["what is not ASCII", "https://ca.example/é"],
    ["a place of ours", "https://ca.example/{accountUri}"],
    ["a host that is none", "https://a'b$(id)/1"],
    ["no host", "https://:80/"],
    ["a long one", `https://ca.example/${"a".repeat(300)}`],
    ["a very long one", `https://ca.example/${"a".repeat(100_000)}`],
  ])("%s is refused", (_what, uri) => {
    const failure = (() => {
      try {
        return checkedAccountUri(uri);
      } catch (error) {
        return (error as Error).message;
      }
    })();
    expect(failure).toMatch(/^the CA names the account ".*Allowed is an https URL of at most 255 characters/s);
    expect(failure.length).toBeLessThan(700);
  });

  test("what the CA answers is checked before anything is kept", async () => {
    answer = { status: 200, location: "https://ca.example/1';touch%20/tmp/x;'" };
    expect((await failure()).message).toMatch(
      /^no ACME account at .*: the CA names the account "https:\/\/ca\.example\/1';/,
    );
  });
});

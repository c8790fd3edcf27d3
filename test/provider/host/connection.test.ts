/** Connecting: pinned host keys, jump hosts, shared connections, and errors that say what to do. */
import { chmodSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { utils } from "ssh2";
import {
  AgentFailed,
  AuthenticationFailed,
  fingerprint,
  HostKeyMismatch,
  HostPool,
  HostUnreachable,
  parseHostKey,
} from "../../../provider/host";
import { ALGORITHMS } from "../../../provider/host/connection";
import type { HostConnection } from "../../../provider/manifest";
import { demo, FakeHost, withFakeHost } from "./fake-host";

jest.setTimeout(30_000);
let mail: FakeHost;
let pool: HostPool;
const observe = (host: HostConnection, by = pool) => by.observe(host, demo(), {});
const failure = (host: HostConnection, by = pool) =>
  observe(host, by).then(
    () => {
      throw new Error("the host was spoken to");
    },
    (error) => error,
  );

withFakeHost((made) => ({ mail, pool } = made));

test("twelve observations at a time share one connection and one agent", async () => {
  await Promise.all(Array.from({ length: 12 }, () => observe(mail.host)));
  expect(mail.connected).toBe(1);
  expect(mail.agents).toHaveLength(1);
});

test("a wrong host key is refused before authentication, with both fingerprints", async () => {
  const other = utils.generateKeyPairSync("ed25519").public;
  const error = await failure({ ...mail.host, hostKeys: [other] });
  expect(error).toBeInstanceOf(HostKeyMismatch);
  const shown = fingerprint(parseHostKey(mail.key.public).blob);
  const expected = fingerprint(parseHostKey(other).blob);
  expect(error).toMatchObject({ shown, expected: [expected] });
  expect(error.message).toContain(shown);
  expect(error.message).toContain(expected);
  expect(mail.agents).toHaveLength(0);
});

test("a host without a key of the pinned type is refused, and the key it has is shown", async () => {
  const rsa = utils.generateKeyPairSync("rsa", { bits: 2048 }).public;
  const error = await failure({ ...mail.host, hostKeys: [rsa] });
  expect(error).toBeInstanceOf(HostKeyMismatch);
  expect(error.shown).toBe(fingerprint(parseHostKey(mail.key.public).blob));
});

test("Curve25519 and encryption that authenticates itself are agreed on; SHA-1, CBC and compression are not offered", async () => {
  await observe(mail.host);
  expect(mail.agreed).toMatchObject({
    kex: expect.stringMatching(/^curve25519-sha256/),
    cs: { cipher: "aes256-gcm@openssh.com", compress: "none" },
    sc: { cipher: "aes256-gcm@openssh.com", compress: "none" },
  });
  const offered = Object.values(ALGORITHMS).flat().join(" ");
  expect(offered).not.toMatch(/sha1|md5|cbc|zlib|arcfour/);
  expect(offered.indexOf("nistp")).toBeGreaterThan(offered.lastIndexOf("diffie-hellman"));
});

test("one of several pinned keys suffices", async () => {
  const rsa = utils.generateKeyPairSync("rsa", { bits: 2048 }).public;
  await observe({ ...mail.host, hostKeys: [rsa, mail.key.public] });
});

test("no pinned key, or a broken one: refused without a connection", async () => {
  expect(await failure({ ...mail.host, hostKeys: [] })).toBeInstanceOf(HostKeyMismatch);
  expect((await failure({ ...mail.host, hostKeys: ["ssh-dss AAAA"] })).message).toContain("allowed are ssh-ed25519");
  expect(mail.connected).toBe(0);
});

test("a key the host does not know, a file that is not there, a key with a passphrase", async () => {
  const stranger = utils.generateKeyPairSync("ed25519").private;
  const locked = utils.generateKeyPairSync("ed25519", { passphrase: "x", cipher: "aes256-cbc", rounds: 16 }).private;
  for (const identity of [{ privateKey: stranger }, { privateKeyFile: "/nonexistent" }, { privateKey: locked }, {}]) {
    const other = new HostPool(identity);
    expect(await failure(mail.host, other)).toBeInstanceOf(AuthenticationFailed);
    await other.close();
  }
});

test("through a jump host: both keys are checked, and the jump host is connected once", async () => {
  const gate = await new FakeHost("gate").listen();
  const back = await new FakeHost("back1").listen();
  const both = [mail, back].map((each) => observe({ ...each.host, jump: gate.host }));
  await Promise.all(both);
  expect([gate.connected, mail.connected, gate.agents.length]).toEqual([1, 1, 0]);
  const wrong = { ...gate.host, hostKeys: [mail.key.public] };
  expect(await failure({ ...mail.host, jump: wrong })).toMatchObject({ host: "gate", name: "HostKeyMismatch" });
  await Promise.all([pool.close(), gate.close(), back.close()]);
});

test("a port where nobody listens: an error at once with name, address and what to do; asked again only later", async () => {
  const gone = { ...mail.host, name: "mail9", port: 1 };
  const error = await failure(gone);
  expect(error).toBeInstanceOf(HostUnreachable);
  expect(error.message).toContain("127.0.0.1:1");
  expect(error.hint).toContain("hosts.mail9.lost: true");
  expect(await failure(gone)).toBe(error);
});

describe("a server that accepts and says nothing", () => {
  let server: Server;
  const sockets: Socket[] = [];
  beforeEach(async () => {
    server = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  test("is given up after 10 s", async () => {
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const began = Date.now();
    expect((await failure({ ...mail.host, port })).message).toContain("SSH handshake: no answer in time");
    expect(Date.now() - began).toBeGreaterThan(9500);
    expect(Date.now() - began).toBeLessThan(12000);
  });
});

test("a host that is lost is never contacted", async () => {
  expect(await failure({ ...mail.host, lost: true })).toBeInstanceOf(HostUnreachable);
  expect(mail.connected).toBe(0);
});

test("no python3, or no sudo without a password: the error says what the host lacks", async () => {
  mail.searchPath = mail.path("bin");
  expect(await failure(mail.host)).toMatchObject({ name: "AgentFailed", hint: expect.stringContaining("python3") });
  mail.write("/bin/sudo", "#!/bin/sh\necho 'sudo: a password is required' >&2; exit 1\n");
  chmodSync(mail.path("bin/sudo"), 0o755);
  const error = await failure({ ...mail.host, user: "admin" });
  expect(error).toBeInstanceOf(AgentFailed);
  expect(error.hint).toContain("let user admin run");
});

test("a connection that was cut while idle is replaced unnoticed", async () => {
  await observe(mail.host);
  mail.cut();
  await observe(mail.host);
  expect(mail.connected).toBe(2);
});

test("a host behind a jump host goes away in the middle: noticed at once, and connected again", async () => {
  const gate = await new FakeHost("gate").listen();
  const host = { ...mail.host, jump: gate.host };
  const going = pool.apply(host, demo({ prepare: [{ argv: ["sleep", "1"], onChange: [] }] }), undefined);
  while (mail.read("/etc/demo/main.conf") === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
  mail.cut();
  expect(await going).toMatchObject({ reconnected: true });
  expect([gate.connected, mail.connected]).toEqual([1, 2]);
  await Promise.all([pool.close(), gate.close()]);
});

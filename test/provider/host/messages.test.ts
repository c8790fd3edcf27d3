/** What a person reads when a host cannot be reached or refuses: where, what, and what to do, each of it once. */
import { createServer } from "node:net";
import {
  type HostError,
  HostPool,
  type HostPoolOptions,
  HostUnreachable,
  type SshIdentity,
} from "../../../provider/host";
import type { HostConnection } from "../../../provider/manifest";
import { demo, FakeHost, file, keyPair, operatorKey } from "./fake-host";

jest.setTimeout(30_000);
let mail: FakeHost;
beforeEach(async () => {
  mail = await new FakeHost("mail1").listen();
});
afterEach(() => mail.close());

/** The error of an apply. */
async function failure(
  act: (pool: HostPool) => Promise<unknown>,
  identity: SshIdentity = { privateKey: operatorKey.private },
  options: HostPoolOptions = {},
): Promise<HostError> {
  const pool = new HostPool(identity, options);
  const error = await act(pool).then(
    () => new Error("it went through"),
    (reason) => reason,
  );
  await pool.close();
  return error as HostError;
}

/** One host name at the start, one hint at the end, with something in both and in between. */
function expectComplete(message: string): void {
  expect(message).toMatch(/^mail1: (?!mail1:)[\s\S]{20,}\nhint: .{20,}$/);
  expect(message.match(/hint:/g)).toHaveLength(1);
  expect(message.match(/role demo/g)?.length ?? 0).toBeLessThanOrEqual(1);
  expect(message).not.toMatch(/undefined|\[object|\n\s+at /);
}

const other = keyPair;
type Case = [story: string, host: () => HostConnection, identity: SshIdentity | undefined, words: RegExp];
const cases: Case[] = [
  ["nobody listens", () => ({ ...mail.host, port: 1 }), undefined, /127\.0\.0\.1:1 .*ECONNREFUSED[\s\S]*lost: true/],
  ["a name that does not resolve", () => ({ ...mail.host, address: "mail1.invalid" }), undefined, /mail1\.invalid:/],
  [
    "another host key",
    () => ({ ...mail.host, hostKeys: [other().public] }),
    undefined,
    /expected: ED25519[\s\S]*shown: /,
  ],
  ["no host key", () => ({ ...mail.host, hostKeys: [] }), undefined, /not trusted[\s\S]*ssh_host/],
  ["declared lost", () => ({ ...mail.host, lost: true }), undefined, /declared lost/],
  ["another operator", () => mail.host, { privateKey: other().private }, /user root[\s\S]*authorized_keys/],
  ["no key of the operator", () => mail.host, {}, /POSTFLEET_SSH_KEY_FILE/],
  [
    "a key file that is not there",
    () => mail.host,
    { privateKeyFile: "/no/key" },
    /\/no\/key cannot be read \(ENOENT\)/,
  ],
];

test.each(cases)("%s", async (_story, host, identity, words) => {
  const { message } = await failure((pool) => pool.apply(host(), demo(), undefined), identity);
  expectComplete(message);
  expect(message).toMatch(words);
});

test("a server that is no sshd", async () => {
  const server = createServer((socket) => socket.end("220 mail1 ESMTP\r\n")).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const error = await failure((pool) => pool.observe({ ...mail.host, port }, demo(), {}));
  server.close();
  expectComplete(error.message);
  expect(error).toBeInstanceOf(HostUnreachable);
});

test("a validator that says no, and two roles at one path", async () => {
  const no = demo({ validate: [{ argv: ["sh", "-c", "echo line 3: banana; false"] }] });
  const { message } = await failure((pool) => pool.apply(mail.host, no, undefined));
  expectComplete(message);
  expect(message).toMatch(/validate: .*\n {2}\| line 3: banana\n.*\nthe old files and units are back\nhint/);
  const claim = (content: string, role: string) =>
    demo({ files: { "/etc/x": file(content) }, secretFiles: {}, links: {}, services: {} }, role);
  const refused = await failure(async (pool) => {
    await pool.apply(mail.host, claim("a", "mx"), undefined);
    await pool.apply(mail.host, claim("b", "demo"), undefined);
  });
  expectComplete(refused.message);
  expect(refused.message).toContain(
    "mail1: role demo: role mx claims file /etc/x too, and wants it different (content: differs)",
  );
});

test("a host that goes away during an apply and does not come back", async () => {
  const slow = demo({ prepare: [{ argv: ["sleep", "3"], onChange: [] }] });
  const { host } = mail;
  const error = await failure(
    async (pool) => {
      const going = pool.apply(host, slow, undefined);
      while (mail.read("/etc/demo/main.conf") === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
      await Promise.all([mail.goAway(), going]);
    },
    undefined,
    { reconnect: 1 },
  );
  expect(error).toBeInstanceOf(HostUnreachable);
  expectComplete(error.message);
  expect(error.message).toMatch(
    /role demo: the connection to 127\.0\.0\.1:\d+ was lost during apply.*goes on to its end/,
  );
});

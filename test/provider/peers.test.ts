/** Another user of the machine cannot speak to the provider during a run. */
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { transformFileSync } from "@swc/core";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { EngineLog } from "../../provider/engine-log";
import { serverForThisUser, userOf } from "../../provider/peers";
import { serve } from "../../provider/server";
import { listening } from "../support/loopback";

/** What another process hears from a port before the connection ends. */
function heard(port: number, user: number): string {
  const program = `const s = require("net").connect(${port}, "127.0.0.1"); s.on("data", (d) => { console.log(String(d)); s.destroy(); });
    s.on("error", () => {}); s.on("close", () => process.exit());`;
  return spawnSync(process.execPath, ["-e", program], { encoding: "utf8", cwd: "/", uid: user }).stdout.trim();
}

test("the table of the kernel says whose a connection is", async () => {
  const server = serverForThisUser((socket) => socket.end("hello"));
  const port = await listening(server);
  const socket = connect(port, "127.0.0.1");
  const text = await new Promise<string>((resolve) => {
    socket.once("connect", () => {
      const peer = { address: "127.0.0.1", port: socket.localPort ?? 0 };
      const user = userOf(peer, { address: "127.0.0.1", port }, readFileSync("/proc/net/tcp", "utf8"));
      expect(user).toBe(process.getuid?.());
    });
    socket.once("data", (data) => resolve(String(data)));
  });
  expect(text).toBe("hello");
  server.close();
});

test("a line of the table is read by both ends and its state", () => {
  const table = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    "   0: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 1 1",
    "   1: 0100007F:C350 0100007F:1F90 06 00000000:00000000 00:00000000 00000000     0        0 0 3",
    "   2: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 2 1",
  ].join("\n");
  const [own, peer] = [
    { address: "127.0.0.1", port: 8080 },
    { address: "127.0.0.1", port: 50000 },
  ];
  expect(userOf(peer, own, table)).toBe(1001);
  expect(userOf(own, peer, table)).toBe(1000);
  expect(userOf({ ...peer, port: 50001 }, own, table)).toBeUndefined();
});

test("who is not allowed is cut off without a word", async () => {
  const server = serverForThisUser(
    (socket) => socket.end("hello"),
    () => false,
  );
  const socket = connect(await listening(server), "127.0.0.1");
  const got: Buffer[] = [];
  socket.on("data", (data) => got.push(data)).on("error", () => {});
  await new Promise((resolve) => socket.once("close", resolve));
  expect(got).toEqual([]);
  server.close();
});

test("gRPC works through it: the provider answers this user", async () => {
  const written: string[] = [];
  const write = jest.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
  const server = await serve({
    ...{ version: "1.2.3", schema: {}, families: {}, log: new EngineLog() },
    configure: async () => {},
    close: async () => {},
  });
  write.mockRestore();
  const client = new ResourceProviderClient(`127.0.0.1:${written[0]?.trim()}`, grpc.credentials.createInsecure());
  const version = await new Promise<string>((resolve, reject) =>
    client.getPluginInfo(new Empty(), (error, info) => (error ? reject(error) : resolve(info.getVersion()))),
  );
  expect(version).toBe("1.2.3");
  client.close();
  server.close();
});

(process.getuid?.() === 0 ? test : test.skip)(
  "a server of one user: root and that user are heard, another one is not",
  async () => {
    const source = transformFileSync(join(__dirname, "..", "..", "provider", "peers.ts"), {
      jsc: { parser: { syntax: "typescript" } },
      module: { type: "commonjs" },
    }).code;
    const program = `const exports = {}; ${source}
    serverOf = exports.serverForThisUser((socket) => socket.end("hello"));
    serverOf.listen(0, "127.0.0.1", () => console.log(serverOf.address().port));`;
    const server = spawn(process.execPath, ["-e", program], { uid: 65533, cwd: "/" });
    const port = Number(await new Promise((resolve) => server.stdout.once("data", resolve)));
    expect([0, 65533, 65534].map((user) => heard(port, user))).toEqual(["hello", "hello", ""]);
    server.kill();
  },
);

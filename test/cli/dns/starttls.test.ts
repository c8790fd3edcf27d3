import { createHash, createPublicKey, generateKeyPairSync } from "node:crypto";
import { connect, createServer, type Server, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import { spkiOf } from "../../../cli/dns/starttls";
import { selfSigned } from "../../../roles/backup/certificate";
import { listening } from "../../support/loopback";

const key = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const cert = selfSigned(key, ["mx.example.org"]);
const PIN = createHash("sha256")
  .update(createPublicKey(cert).export({ type: "spki", format: "der" }))
  .digest("hex");

/** An SMTP server that greets in two lines and knows STARTTLS; `answers` replaces its words. */
async function smtp(answers: Record<string, string> = {}): Promise<{ server: Server; port: number }> {
  const server = createServer((socket: Socket) => {
    socket.on("error", () => {});
    const greeting = answers.greeting ?? "220-mx.example.org\r\n220 ESMTP\r\n";
    if (greeting !== "") socket.write(greeting);
    socket.on("data", function heard(data) {
      const [verb = ""] = data.toString().trim().split(" ");
      socket.write(
        answers[verb] ?? { EHLO: "250-mx\r\n250 STARTTLS\r\n", STARTTLS: "220 go\r\n" }[verb] ?? "500 ?\r\n",
      );
      if (verb !== "STARTTLS" || answers.STARTTLS) return;
      socket.off("data", heard);
      new TLSSocket(socket, { isServer: true, key, cert }).on("error", () => {});
    });
  });
  return { server, port: await listening(server) };
}

async function keyOf(answers: Record<string, string> = {}, timeout = 2000): Promise<string> {
  const { server, port } = await smtp(answers);
  try {
    return await spkiOf(
      "mx.example.org",
      () => connect(port, "127.0.0.1"),
      (options) => connectTls(options),
      timeout,
    );
  } finally {
    server.close();
  }
}

test("the key behind STARTTLS is the one of the certificate", async () => {
  expect(await keyOf()).toBe(PIN);
});

test.each([
  ["a server without TLS", { STARTTLS: "502 not here\r\n" }, "STARTTLS was answered with: 502 not here"],
  ["a server that refuses us", { greeting: "554 no\r\n" }, "the greeting was answered with: 554 no"],
])("%s", async (_what, answers: Record<string, string>, text) => {
  await expect(keyOf(answers)).rejects.toThrow(text);
});

test("a server that says nothing is given up", async () => {
  await expect(keyOf({ greeting: "" }, 50)).rejects.toThrow("no answer within 0.05 s");
});

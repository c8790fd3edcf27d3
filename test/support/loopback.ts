/** Servers of the tests, on ports of loopback that were free. */
import { generateKeyPairSync } from "node:crypto";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { selfSigned } from "../../roles/backup/certificate";
import { newFolder } from "./folder";

interface Listener {
  listen(port: number, host: string, done: () => void): unknown;
  address(): AddressInfo | string | null;
}

/** Lets a server listen; answers its port. */
export async function listening(server: Listener): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

export interface HttpsServer {
  /** Without a slash at the end. */
  url: string;
  /** The certificate that clients have to trust, and a file with it. */
  caPem: string;
  caFile: string;
  /** Ends it and what is connected. */
  stop(): void;
}

/** A web server with a certificate of its own. */
export async function startHttps(answer: RequestListener): Promise<HttpsServer> {
  const key = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const caPem = selfSigned(key, ["localhost", "127.0.0.1"]);
  const server = createServer({ key, cert: caPem }, answer);
  return {
    url: `https://127.0.0.1:${await listening(server)}`,
    caPem,
    caFile: join(newFolder({ "ca.pem": caPem }), "ca.pem"),
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

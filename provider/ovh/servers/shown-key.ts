/** Which host key a server shows: the first half of an SSH handshake, without logging in. */
import { Client } from "ssh2";
import { ANY_ALGORITHM, lineOf } from "../../host/host-keys";

/** The key as "ssh-ed25519 AAAA…", Ed25519 preferred; undefined when nothing answers in time. */
export type ShownKey = (address: string) => Promise<string | undefined>;

const ANSWER_MS = 5000;

export function shownKey(address: string, port = 22): Promise<string | undefined> {
  return new Promise((resolve) => {
    const client = new Client();
    client.on("error", () => resolve(undefined));
    client.on("close", () => resolve(undefined));
    client.connect({
      host: address,
      port,
      username: "nobody",
      readyTimeout: ANSWER_MS,
      algorithms: { serverHostKey: ANY_ALGORITHM },
      hostVerifier: (blob: Buffer) => {
        resolve(lineOf(blob));
        return false;
      },
    });
  });
}

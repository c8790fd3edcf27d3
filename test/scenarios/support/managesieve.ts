/** The little of ManageSieve (RFC 5804) that a scenario needs: log in, put a script, make it active. */
import { type Socket, connect as tcp } from "node:net";
import { connect as tls } from "node:tls";
import { acmeRoot, passwords } from "./lab";

const SERVER = { host: "10.66.0.11", port: 4190, name: "imap.example.org" };

export class ManageSieve {
  private buffer = "";
  private wake: () => void = () => {};

  private constructor(private socket: Socket) {
    this.listen(socket);
  }

  /** Connects, encrypts (STARTTLS) and logs in. */
  static async connect(user: string, password: string): Promise<ManageSieve> {
    const session = new ManageSieve(tcp(SERVER.port, SERVER.host));
    await session.answer();
    await session.ask("STARTTLS");
    const secure = tls({ socket: session.socket, servername: SERVER.name, ca: await acmeRoot() });
    session.socket.removeAllListeners("data");
    session.socket = secure;
    session.listen(secure);
    await session.answer(); // capabilities again, as they are under TLS
    const token = Buffer.from(`\0${user}\0${password}`).toString("base64");
    await session.ask(`AUTHENTICATE "PLAIN" "${token}"`);
    return session;
  }

  /** Puts a script and makes it the active one. */
  async install(name: string, script: string): Promise<void> {
    await this.ask(`PUTSCRIPT "${name}" {${Buffer.byteLength(script)}+}\r\n${script}`);
    await this.ask(`SETACTIVE "${name}"`);
  }

  close(): void {
    this.socket.end("LOGOUT\r\n");
  }

  private listen(socket: Socket): void {
    socket.on("data", (data: Buffer) => {
      this.buffer += data.toString("utf8");
      this.wake();
    });
    socket.on("error", () => this.wake());
    socket.setTimeout(30_000, () => socket.destroy(new Error("ManageSieve: no answer within 30 s")));
  }

  private async ask(command: string): Promise<void> {
    this.socket.write(`${command}\r\n`);
    await this.answer();
  }

  /** Reads up to the line that closes an answer: OK, NO or BYE. */
  private async answer(): Promise<void> {
    for (;;) {
      const end = /^(OK|NO|BYE)\b.*\r\n/m.exec(this.buffer);
      if (end) {
        const text = this.buffer;
        this.buffer = this.buffer.slice(end.index + end[0].length);
        if (end[1] !== "OK") throw new Error(`ManageSieve: ${text}`);
        return;
      }
      if (this.socket.destroyed) throw new Error(`ManageSieve: connection lost after ${JSON.stringify(this.buffer)}`);
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}

/** Installs one active Sieve script for an account, through ManageSieve (RFC 5804). */
export async function sieve(address: string, script: string): Promise<void> {
  const session = await ManageSieve.connect(address, (await passwords())[address] ?? "");
  try {
    await session.install("scenario", script);
  } finally {
    session.close();
  }
}

/**
 * A host for tests on any machine: a real SSH server in this process that starts the real agent on a root directory of its
 * own, with a `systemctl` that only keeps notes. What needs a real Debian is in real-host.test.ts.
 */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { type AddressInfo, connect, createServer, type Socket, type Server as TcpServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { type Connection, type NegotiatedAlgorithms, Server, type ServerChannel, utils } from "ssh2";
import { HostPool } from "../../../provider/host";
import { agentProgram, NONCE_LENGTH } from "../../../provider/host/agent-source";
import { type FileSpec, type HostConnection, type Manifest, manifest } from "../../../provider/manifest";

/** A key pair. One in some hundreds that ssh2 makes it cannot read itself: those are passed over. */
export function keyPair(): ReturnType<typeof utils.generateKeyPairSync> {
  const pair = utils.generateKeyPairSync("ed25519");
  return utils.parseKey(pair.private) instanceof Error ? keyPair() : pair;
}

/** The operator's key of the tests. */
export const operatorKey = keyPair();

/** Keeps the state of units as files `<root>/units/<unit>`: "active inactive|active enabled|disabled|masked". */
const SYSTEMCTL = `#!/bin/sh
root=$(dirname "$(dirname "$0")"); mkdir -p "$root/units"
verb=$1; shift
case $verb in show) ;; *) echo "$verb $*" >> "$root/systemctl.log" ;; esac
[ -e "$root/fail-$verb" ] && { echo "Job failed." >&2; exit 1; }
for unit; do
  case $unit in -*) continue ;; esac
  file=$root/units/$unit; active=inactive; enabled=disabled
  [ -e "$file" ] && read active enabled < "$file"
  case $verb in
    show)
      load=loaded; [ $enabled = masked ] && load=masked
      printf 'LoadState=%s\\nActiveState=%s\\nSubState=x\\nUnitFileState=%s\\nNRestarts=0\\n\\n' $load $active $enabled; continue ;;
    start|restart|reload-or-restart) active=active ;;
    stop) active=inactive ;;
    enable) enabled=enabled ;;
    disable|unmask) enabled=disabled ;;
    mask) enabled=masked ;;
  esac
  echo "$active $enabled" > "$file"
done
`;

/** What an impostor has: `begin()` says that the agent is there, `say(x)` writes a line, `requests()` are the lines it is sent. */
const IMPOSTOR = String.raw`
import json, os, sys, time
def say(line): os.write(1, (line if isinstance(line, bytes) else line.encode()) + b"\n")
def begin():
    sent = b""
    while len(sent) < int(os.environ["SENT"]): sent += os.read(0, int(os.environ["SENT"]) - len(sent))
    say(b"postfleet-agent " + sent[:32])
def requests():
    rest = b""
    while data := os.read(0, 1 << 20):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            yield json.loads(line)
`;

/** A running fake host. */
export class FakeHost {
  readonly root = mkdtempSync(join(tmpdir(), "postfleet-host-"));
  readonly key = keyPair();
  readonly agents: ChildProcess[] = [];
  /** How many connections were made so far. */
  connected = 0;
  /** What was agreed on with the last client. */
  agreed: NegotiatedAlgorithms | undefined;
  /** Where the SSH server finds python3 and sudo. */
  searchPath = process.env.PATH;
  /** A program in the place of the agent: a Python script that finds {@link IMPOSTOR} before it. */
  impostor: string | undefined;
  private readonly server: TcpServer;
  private readonly sockets: Socket[] = [];
  private port = 0;

  constructor(readonly name: string) {
    for (const place of ["bin", "etc", "var/lib/dpkg"]) mkdirSync(join(this.root, place), { recursive: true });
    writeFileSync(join(this.root, "bin/systemctl"), SYSTEMCTL);
    chmodSync(join(this.root, "bin/systemctl"), 0o755);
    this.write("/var/lib/dpkg/status", "Package: sl\nStatus: install ok installed\nVersion: 5.02-1\n");
    const ssh = new Server({ hostKeys: [this.key.private] }, (connection) => this.serve(connection));
    this.server = createServer((socket) => {
      this.sockets.push(socket);
      ssh.injectSocket(socket);
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.port = (this.server.address() as AddressInfo).port;
    return this;
  }

  get host(): HostConnection {
    const { name, port } = this;
    return { name, address: "127.0.0.1", port, user: "root", hostKeys: [this.key.public] };
  }

  path(path: string): string {
    return join(this.root, path);
  }

  read(path: string): string | undefined {
    return existsSync(this.path(path)) ? readFileSync(this.path(path), "utf8") : undefined;
  }

  write(path: string, content: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), content);
  }

  /** What systemctl was told to change. */
  systemctl(): string[] {
    return (this.read("/systemctl.log") ?? "").split("\n").filter(Boolean);
  }

  /** Names in a directory that the agent left behind, other than those given. */
  residue(directory: string, ...expected: string[]): string[] {
    if (!existsSync(this.path(directory))) return [];
    return readdirSync(this.path(directory)).filter((name) => !expected.includes(name));
  }

  /** Cuts all connections without a word of SSH, as when sshd is killed. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Drops all connections and takes no more; what runs on the host goes on. */
  goAway(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.cut();
    return closed;
  }

  async close(): Promise<void> {
    this.cut();
    for (const agent of this.agents) agent.kill();
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Debian's bash reads .bashrc for a command that sshd runs, which it knows by SSH_CLIENT. */
  private start(command: string, env: NodeJS.ProcessEnv): ChildProcessWithoutNullStreams {
    const sent = NONCE_LENGTH + agentProgram().package.length;
    if (this.impostor !== undefined)
      return spawn("python3", ["-I", "-S", "-c", IMPOSTOR + this.impostor], { env: { ...env, SENT: `${sent}` } });
    if (this.read("/.bashrc") === undefined) return spawn("/bin/sh", ["-c", command], { env });
    return spawn("/bin/bash", ["-c", command], { env: { ...env, SSH_CLIENT: "192.0.2.9 50000 22" } });
  }

  private serve(connection: Connection): void {
    this.connected++;
    const allowed = utils.parseKey(operatorKey.public);
    if (allowed instanceof Error) throw allowed;
    connection.on("error", () => {});
    connection.on("handshake", (agreed) => {
      this.agreed = agreed;
    });
    connection.on("authentication", (context) => {
      if (context.method !== "publickey" || !context.key.data.equals(allowed.getPublicSSH())) return context.reject();
      context.accept();
    });
    connection.on("ready", () => {
      connection.on("session", (accept) => {
        accept().on("exec", (acceptExec, _reject, { command }) => {
          const channel = acceptExec();
          const env = { PATH: this.searchPath, HOME: this.root, POSTFLEET_ROOT: this.root };
          const agent = this.start(command, env);
          this.agents.push(agent);
          channel.pipe(agent.stdin);
          agent.stdin.on("error", () => {});
          agent.stdout.pipe(channel, { end: false });
          agent.stderr.pipe(channel.stderr, { end: false });
          channel.on("close", () => agent.stdin.end());
          agent.on("close", (code) => {
            channel.exit(code ?? 255);
            channel.end();
          });
        });
      });
      connection.on("tcpip", (accept, reject, { destIP, destPort }) => {
        const socket = connect({ port: destPort, host: destIP, allowHalfOpen: true }, () => {
          const channel = accept() as ServerChannel & { eof(): void };
          channel.pipe(socket).pipe(channel, { end: false });
          socket.on("end", () => channel.eof()); // as OpenSSH: no close before the other side closes
          channel.on("error", () => {});
        });
        socket.on("error", () => reject?.());
      });
    });
  }
}

/**
 * Before each test a new host `mail1` and a pool of connections with the operator's key; both are gone after it. `lockWait`
 * as of the pool.
 */
export function withFakeHost(use: (made: { mail: FakeHost; pool: HostPool }) => void, lockWait?: number): void {
  let made: { mail: FakeHost; pool: HostPool };
  beforeEach(async () => {
    const mail = await new FakeHost("mail1").listen();
    made = { mail, pool: new HostPool({ privateKey: operatorKey.private }, { lockWait }) };
    use(made);
  });
  afterEach(async () => {
    await made.pool.close();
    await made.mail.close();
  });
}

const { username } = userInfo();
const group = username;

/** A file of the user who runs the tests. */
export function file(content: string, mode = "0644"): FileSpec {
  return { content, mode, owner: username, group };
}

/** A small role: two files, a secret, a link, a unit that reloads on one file and restarts on the other. */
export function demo(parts: Partial<Manifest> = {}, role = "demo"): Manifest {
  return manifest(role, {
    files: { "/etc/demo/main.conf": file("one\ntwo\n"), "/etc/demo/map": file("a b\n") },
    secretFiles: { "/etc/demo/secret": file("hunter2-of-the-test\n", "0600") },
    links: { "/etc/demo/link": "main.conf" },
    services: {
      "demo.service": {
        enabled: true,
        running: true,
        reloadOn: ["/etc/demo/map"],
        restartOn: ["/etc/demo/main.conf"],
      },
    },
    ...parts,
  });
}

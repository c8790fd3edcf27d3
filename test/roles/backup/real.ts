/** A target of backups at work: restic and its server as Debian has them, in folders of a test; of systemd there is a stand-in. */
import { spawnSync } from "node:child_process";
import { createHash, generateKeyPairSync } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import type { BackupTargetArgs } from "../../../roles/backup";
import { selfSigned } from "../../../roles/backup/certificate";
import * as target from "../../../roles/backup/files";
import { outside } from "../../support/chroot";
import { newFolder } from "../../support/folder";
import { listening } from "../../support/loopback";

const DAY = 86_400;
const now = () => Date.now() / 1000;

/** A moment as `restic backup --time` takes it, in UTC. */
const clock = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ");

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((done) => server.close(done));
  return port;
}

const targets: RealTarget[] = [];
afterAll(() => {
  for (const each of targets) each.systemctl("stop", ...each.clients);
});

export interface Said {
  status: number | null;
  output: string;
}

/** Starts and stops servers as systemd would, and notes what it was asked. */
const SYSTEMCTL = `#!/bin/sh
cd FOLDER
verb=$1; shift
for unit; do
  echo "$verb $unit" >>calls
  case "$verb" in
    stop) if [ -e "$unit.pid" ]; then kill "$(cat "$unit.pid")" 2>/dev/null; rm "$unit.pid"; fi ;;
    start) if [ ! -e "$unit.pid" ]; then $(grep ^ExecStart= "$unit" | cut -d= -f2) >>log 2>&1 & echo $! >"$unit.pid"; fi ;;
  esac
done
`;

/** A target with the repositories of its clients, who hold their logins and passwords. */
export class RealTarget {
  readonly folder = newFolder();
  readonly env: Record<string, string>;
  private port = 0;

  private constructor(readonly clients: string[]) {
    for (const name of ["bin", "data", "state", "etc", "lib", "credentials", "source"])
      mkdirSync(`${this.folder}/${name}`);
    const bin = `${this.folder}/bin`;
    for (const name of ["restic", "restic-rest-server"]) symlinkSync(outside(`/usr/bin/${name}`), `${bin}/${name}`);
    for (const client of clients) writeFileSync(`${this.folder}/credentials/${client}`, "repository");
    this.env = {
      PATH: `${bin}:${process.env.PATH}`,
      HOME: this.folder,
      TZ: "UTC",
      CREDENTIALS_DIRECTORY: `${this.folder}/credentials`,
    };
    targets.push(this);
  }

  /** A target without a server, with no repository yet, and with another restic: what it does, in shell. */
  static still(restic: string, args: Partial<BackupTargetArgs> = {}): RealTarget {
    const { clients = [{ name: "mail1", addresses: ["127.0.0.1"] }], ...more } = args;
    const made = new RealTarget(clients.map(({ name }) => name));
    made.write({ clients, certificate: "", ...more });
    rmSync(`${made.folder}/bin/restic`);
    writeFileSync(`${made.folder}/bin/restic`, `#!/bin/sh\n${restic}\n`, { mode: 0o755 });
    writeFileSync(`${made.folder}/bin/setpriv`, '#!/bin/sh\nshift 3\nexec "$@"\n', { mode: 0o755 });
    return made;
  }

  /** A target whose server runs, with an empty repository of each client, or with what another target has. */
  static async start(args: Partial<BackupTargetArgs> & { from?: RealTarget } = {}): Promise<RealTarget> {
    const { clients = [{ name: "mail1", addresses: ["127.0.0.1"] }], from, ...more } = args;
    const made = new RealTarget(clients.map(({ name }) => name));
    made.port = await freePort();
    made.write({ clients, certificate: "", minFree: 1, port: made.port, ...more });
    for (const name of made.clients) {
      if (from)
        cpSync(`${from.folder}/data/${name}`, made.repository(name), { recursive: true, preserveTimestamps: true });
      else mkdirSync(made.repository(name));
    }
    if (from) cpSync(`${from.folder}/state`, `${made.folder}/state`, { recursive: true });
    made.systemctl("start", ...made.clients);
    for (const name of made.clients) {
      let said: Said = { status: 1, output: "" };
      for (let tries = 0; tries < 20 && said.status !== 0; tries++) {
        said = made.as(name, from ? "cat" : "init", ...(from ? ["config"] : []));
        if (said.status !== 0) await new Promise((done) => setTimeout(done, 100));
      }
      if (said.status !== 0) throw new Error(`the server did not start: ${said.output}`);
    }
    return made;
  }

  /** The files of the role, at their places below the folder. */
  private write(args: BackupTargetArgs): void {
    const { folder } = this;
    const key = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const files: Record<string, string> = {
      [target.KEY]: key,
      [target.CERTIFICATE]: selfSigned(key, ["127.0.0.1"]),
      [target.SERVER]: target.server(args),
      [target.LEDGER]: target.ledger(args),
      [target.UPKEEP]: target.upkeep(args),
      [target.OPERATOR]: target.operator(args),
      "/units/systemctl": SYSTEMCTL.replace("FOLDER", folder),
    };
    for (const client of args.clients) {
      files[target.htpasswdFile(client.name)] = target.htpasswd(client.name, "login");
      files[`/units/${target.serverUnit(client.name)}`] = target.serverService(args, client);
    }
    for (const [path, content] of Object.entries(files))
      writeFileSync(this.place(path), this.place(content), { mode: 0o755 });
  }

  /** Paths of a host, as they are here; and the tests wait no three quarters of an hour. */
  private place(text: string): string {
    return text
      .replaceAll("/srv/backup", `${this.folder}/data`)
      .replaceAll("/etc/postfleet/backup", `${this.folder}/etc`)
      .replaceAll("/var/lib/postfleet-backup", `${this.folder}/state`)
      .replaceAll("/usr/local/lib/postfleet", `${this.folder}/lib`)
      .replaceAll("/usr/local/sbin/", `${this.folder}/bin/`)
      .replaceAll("/units/systemctl", `${this.folder}/bin/systemctl`)
      .replaceAll("/units/", `${this.folder}/`)
      .replace('USER = "restic-rest-server"', 'USER = "root"')
      .replace("PATIENCE = 2700", "PATIENCE = 2");
  }

  repository = (client = "mail1") => `${this.folder}/data/${client}`;

  /** restic at a client, with all that the client has. */
  as(client: string, ...words: string[]): Said {
    return this.run("restic", words, {
      RESTIC_REPOSITORY: `rest:https://${client}:login@127.0.0.1:${this.port + this.clients.indexOf(client)}/`,
      RESTIC_PASSWORD: "repository",
      RESTIC_CACERT: this.place(target.CERTIFICATE),
    });
  }

  /** Puts a file into the repository of mail1 through its server, as a client may that does not use restic. */
  put(kind: string, name: string, content: Buffer | string): number {
    const said = this.run(
      "curl",
      [
        ...["--silent", "--cacert", this.place(target.CERTIFICATE), "--user", "mail1:login", "--output", "/dev/null"],
        ...["--write-out", "%{http_code}", "--data-binary", "@-", `https://127.0.0.1:${this.port}/${kind}/${name}`],
      ],
      {},
      content,
    );
    return Number(said.output);
  }

  /** restic at the target, with the password. */
  local(...words: string[]): Said {
    return this.run("restic", ["--no-cache", "--repo", this.repository(), ...words], { RESTIC_PASSWORD: "repository" });
  }

  run(name: string, words: string[], env: Record<string, string> = {}, input: Buffer | string = ""): Said {
    const { status, stdout, stderr } = spawnSync(name, words, {
      input,
      timeout: 60_000,
      env: { ...this.env, ...env },
    });
    return { status, output: `${stdout}${stderr}` };
  }

  systemctl(verb: string, ...clients: string[]): void {
    this.run("systemctl", [verb, ...clients.map(target.serverUnit)]);
  }

  /** What systemd was asked for since the last question. */
  calls(): string[] {
    const file = `${this.folder}/calls`;
    const calls = existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
    writeFileSync(file, "");
    return calls;
  }

  /** What the client has now: so many kilobytes that do not compress, the first ones the same as ever. */
  fill(kilobytes: number, change = ""): void {
    const noise = createHash("shake256", { outputLength: kilobytes * 1000 })
      .update("noise")
      .digest();
    writeFileSync(`${this.folder}/source/mail`, noise);
    writeFileSync(`${this.folder}/source/change`, change);
  }

  /** A snapshot that arrives so many days ago and says of itself that it was made at another time, where that is given. */
  snapshot({ ago = 0, says = ago, words = [] }: { ago?: number; says?: number; words?: string[] } = {}): string {
    const before = this.snapshots();
    const time = clock(now() - says * DAY);
    const made = this.as("mail1", "backup", "--quiet", "--force", "--time", time, ...words, `${this.folder}/source`);
    const [id = ""] = this.snapshots().filter((each) => !before.includes(each));
    if (id === "") throw new Error(`no snapshot was made: ${made.output}`);
    this.arrived("snapshots", id, ago);
    return id;
  }

  /** Lets a file have arrived so many days ago. */
  arrived(kind: string, id: string, ago: number): void {
    utimesSync(`${this.repository()}/${kind}/${id}`, now() - ago * DAY, now() - ago * DAY);
  }

  ids(kind: string): string[] {
    const folder = `${this.repository()}/${kind}`;
    return existsSync(folder) ? readdirSync(folder).filter((name) => /^\w{64}$/.test(name)) : [];
  }

  snapshots = (): string[] => this.ids("snapshots");

  /** What the timers start. */
  upkeep = (work: "prune" | "check" | "watch"): Said => this.run("python3", [this.place(target.UPKEEP), work]);

  /** What the operator says. */
  operator = (...words: string[]): Said => this.run("python3", [this.place(target.OPERATOR), ...words]);
}

/** A real PowerDNS of the root at POSTFLEET_CHROOT, on loopback, with its HTTP API. */
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { ask } from "../../../../provider/dns/query";
import { inChroot, outside, stage } from "../../../support/chroot";
import { listening } from "../../../support/loopback";

export const API_KEY = "a-key-for-tests";

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((done) => server.close(done));
  return port;
}

export interface PowerDnsServer {
  /** Of the HTTP API. */
  url: string;
  /** "127.0.0.1:port" of the name server. */
  address: string;
  /** Runs pdnsutil on its database. */
  util(...args: string[]): string;
  stop(): Promise<void>;
}

/** Starts it with these zones, each with `ns1` as its name server. */
export async function startPowerDns(...zones: string[]): Promise<PowerDnsServer> {
  const [dns, web] = [await freePort(), await freePort()];
  const folder = stage(
    {
      "pdns.conf": `launch=gsqlite3
gsqlite3-database=FOLDER/pdns.db
local-address=127.0.0.1
local-port=${dns}
socket-dir=FOLDER
api=yes
api-key=${API_KEY}
webserver=yes
webserver-address=127.0.0.1
webserver-port=${web}
default-soa-content=ns1.@ hostmaster.@ 0 10800 3600 604800 60
cache-ttl=0
query-cache-ttl=0
negquery-cache-ttl=0
zone-cache-refresh-interval=0
`,
    },
    (text, at) => text.replaceAll("FOLDER", at),
  );
  const must = (...argv: string[]) => {
    const said = inChroot(...argv);
    if (said.status !== 0) throw new Error(`${argv.join(" ")}: ${said.output}`);
    return said.stdout;
  };
  must("sh", "-c", `sqlite3 ${folder}/pdns.db < /usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql`);
  const util = (...args: string[]) => must("pdnsutil", `--config-dir=${folder}`, ...args);
  for (const zone of zones) util("create-zone", zone, `ns1.${zone}`);
  const server = spawn(
    "chroot",
    [outside("/"), "pdns_server", `--config-dir=${folder}`, "--daemon=no", "--guardian=no"],
    {
      stdio: "ignore",
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    },
  );
  const address = `127.0.0.1:${dns}`;
  await started(server, address);
  return {
    url: `http://127.0.0.1:${web}`,
    address,
    util,
    stop: async () => {
      const ended = new Promise((done) => server.once("exit", done));
      server.kill("SIGKILL");
      await ended;
    },
  };
}

async function started(server: ChildProcess, address: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await ask(address, "example.org", "SOA", { timeout: 200, tries: 1 });
      return;
    } catch (error) {
      if (server.exitCode !== null || tries > 100) throw error;
      await new Promise((done) => setTimeout(done, 100));
    }
  }
}

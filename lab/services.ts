/** Whether the services of the lab's own hosts answer, and how they are mended. */

import { connect } from "node:net";
import { UserError } from "../system/errors";
import { attempt } from "../system/run";
import {
  ACME_MANAGEMENT_PORT,
  ACME_NAME,
  ACME_PORT,
  AUTHORITY,
  FOREIGN_DOMAIN,
  FOREIGN_USERS,
  HOSTS,
  hostNamed,
  ipv4,
  type LabHost,
  OVH_HOST,
  RESOLVER,
} from "./plan";
import { greeting, onHost, tryOnHost } from "./ssh";
import { statePath } from "./state";

/** A service of the lab, seen from the outer machine. */
export interface Service {
  name: string;
  host: LabHost;
  /** Units to start again when it does not answer. */
  units: string[];
  answers: () => Promise<boolean>;
}

async function digs(address: string, name: string, type: string, flag: string): Promise<boolean> {
  const argv = ["dig", `@${address}`, name, type, "+dnssec", "+time=2", "+tries=1", "+noall", "+comments"];
  const { stdout } = await attempt(argv);
  const flags = /flags: ([a-z ]+);/.exec(stdout)?.[1]?.split(" ") ?? [];
  return stdout.includes("status: NOERROR") && flags.includes(flag);
}

/** Arguments of curl(1) for pebble: its name leads to net1, its certificate is by the lab's CA. */
export function acmeRequest(port: number, path: string): string[] {
  const resolve = `${ACME_NAME}:${port}:${RESOLVER.ipv4}`;
  return [
    "curl",
    "-sf",
    "-m",
    "5",
    "--cacert",
    statePath("pki", "ca.pem"),
    "--resolve",
    resolve,
    `https://${ACME_NAME}:${port}${path}`,
  ];
}

const serves = async (argv: string[]): Promise<boolean> => (await attempt(argv)).status === 0;

const greets = async (port: number, prefix: string): Promise<boolean> =>
  (await greeting(ipv4(hostNamed("foreign1").number), port, 3))?.startsWith(prefix) ?? false;

/** Whether an MX takes a recipient: its milter answers too, without which it would say 451. Nothing is sent. */
export function acceptsRecipient(address: string, recipient: string, port = 25): Promise<boolean> {
  const lines = ["EHLO probe.lab.example", "MAIL FROM:<>", `RCPT TO:<${recipient}>`];
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const end = (answer: boolean) => {
      socket.end("QUIT\r\n");
      socket.destroySoon();
      resolve(answer);
    };
    let text = "";
    socket.setTimeout(5000, () => end(false));
    socket.on("error", () => resolve(false));
    socket.on("close", () => resolve(false));
    socket.on("data", (data) => {
      text += data.toString("latin1");
      // The last line of a reply has a space after its code, RFC 5321 section 4.2.
      if (!/^\d{3} [^\n]*\n$/m.test(text)) return;
      const positive = text.startsWith("2");
      text = "";
      const next = lines.shift();
      if (!positive || next === undefined) end(positive);
      else socket.write(`${next}\r\n`);
    });
  });
}

/** Services of these hosts. */
export const services = (hosts: readonly LabHost[] = HOSTS): Service[] =>
  allServices().filter(({ host }) => hosts.includes(host));

function allServices(): Service[] {
  const [net, foreign] = [hostNamed("net1"), hostNamed("foreign1")];
  return [
    {
      name: "DNS root",
      host: net,
      units: ["knot"],
      answers: () => digs(ipv4(AUTHORITY), ".", "SOA", "aa"),
    },
    {
      name: "resolver",
      host: net,
      units: ["unbound"],
      answers: () => digs(ipv4(net.number), `mx.${FOREIGN_DOMAIN}`, "A", "ad"),
    },
    {
      name: "ACME",
      host: net,
      units: ["pebble"],
      answers: async () =>
        (await serves(acmeRequest(ACME_PORT, "/dir"))) && (await serves(acmeRequest(ACME_MANAGEMENT_PORT, "/roots/0"))),
    },
    {
      name: "registry",
      host: net,
      units: ["lab-registry.timer"],
      answers: async () => (await tryOnHost(net, "systemctl is-active lab-registry.timer")).status === 0,
    },
    {
      name: "foreign MX",
      host: foreign,
      units: ["rspamd", "postfix"],
      answers: () => acceptsRecipient(ipv4(foreign.number), `${FOREIGN_USERS[0]}@${FOREIGN_DOMAIN}`),
    },
    {
      name: "foreign IMAP",
      host: foreign,
      units: ["dovecot"],
      answers: () => greets(143, "* OK"),
    },
    {
      name: "OVH's name servers",
      host: OVH_HOST,
      units: ["pdns"],
      answers: () => digs(ipv4(OVH_HOST.number), "ovh.example", "SOA", "aa"),
    },
  ];
}

/** Seconds within which services answer after a start, before they are started again. */
const PATIENCE = 15;
/** Seconds within which even a unit may be inactive: right after a boot it waits for others. */
const MOMENT = 3;

/** Waits for a service; starts its units again when they are stopped or stay silent. Says what had to be mended. */
export async function ensureService(service: Service): Promise<string | undefined> {
  if (await waitFor(service, MOMENT)) return undefined;
  const units = service.units.join(" ");
  const state = await tryOnHost(service.host, `systemctl is-active ${units}`);
  const stopped = /^(inactive|failed)$/m.test(state.stdout);
  if (!stopped && (await waitFor(service, PATIENCE))) return undefined;
  await tryOnHost(service.host, `systemctl ${stopped ? "start" : "restart"} ${units}`);
  if (await waitFor(service, PATIENCE)) return `${service.name} on ${service.host.name}`;
  const journal = await onHost(service.host, `journalctl -n 12 -o cat --no-pager -u ${service.units.join(" -u ")}`);
  throw new UserError(
    `${service.name} on ${service.host.name} does not answer, though its units were started again:\n${journal}`,
    `look with \`postfleet lab ssh ${service.host.name}\`, or make the host anew with \`postfleet lab reset ${service.host.name}\``,
  );
}

export async function waitFor(service: { answers: () => Promise<boolean> }, seconds: number): Promise<boolean> {
  const end = Date.now() + seconds * 1000;
  do {
    if (await service.answers()) return true;
    await new Promise((resolve) => setTimeout(resolve, 150));
  } while (Date.now() < end);
  return false;
}

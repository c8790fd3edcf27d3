/**
 * Who may speak to the provider. The engine finds it by a port of loopback and wants no password, so that any user of this
 * machine could have it change hosts; Linux says whose each connection is.
 */
import { readFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";

/** State of a connection that is open, in the kernel's table. */
const ESTABLISHED = "01";

/** `127.0.0.1:8080` as /proc/net/tcp writes it: the address as a number of the machine's byte order. */
function inTable(address: string, port: number): string {
  const bytes = address.split(".").map((part) => Number(part).toString(16).padStart(2, "0").toUpperCase());
  return `${bytes.reverse().join("")}:${port.toString(16).padStart(4, "0").toUpperCase()}`;
}

/**
 * The user whose socket is at the other end of a connection within this machine, by the table of proc_net_tcp(5); undefined
 * when the table does not have it.
 */
export function userOf(
  peer: { address: string; port: number },
  own: { address: string; port: number },
  table: string,
): number | undefined {
  const [local, remote] = [inTable(peer.address, peer.port), inTable(own.address, own.port)];
  for (const line of table.split("\n")) {
    const [, from, to, state, , , , user] = line.trim().split(/\s+/);
    if (from === local && to === remote && state === ESTABLISHED) return Number(user);
  }
  return undefined;
}

/** Whether a connection was made by the user who runs this process, or by root. Systems without the table are believed. */
function allowed(socket: Socket): boolean {
  const own = process.getuid?.();
  let table: string;
  try {
    table = readFileSync("/proc/net/tcp", "utf8");
  } catch {
    return true;
  }
  const { remoteAddress = "", remotePort = 0, localAddress = "", localPort = 0 } = socket;
  const user = userOf({ address: remoteAddress, port: remotePort }, { address: localAddress, port: localPort }, table);
  return user !== undefined && (user === 0 || user === own);
}

/** A server on loopback that passes on the connections of this user alone, and ends all others. */
export function serverForThisUser(pass: (socket: Socket) => void, judge = allowed): Server {
  return createServer((socket) => {
    socket.on("error", () => socket.destroy());
    if (judge(socket)) pass(socket);
    else socket.destroy();
  });
}

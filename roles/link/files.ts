/** The files of the role `link`, each a pure function of its arguments. */
import { plainWord } from "../../quote/config";
import { LINK_INTERFACE } from "../shared/link";
import { bracketed } from "../shared/net";
import { owned, PORTS } from "../shared/paths";
import { program } from "../shared/program";
import { type LinkArgs, type LinkPeer, PRIVATE_KEY, PROGRAM_DIRECTORY, sharedKeyPath } from "./args";

/** Brings peers and keys to the interface. */
export const SYNC = `${PROGRAM_DIRECTORY}/sync`;

/** /etc/wireguard/postfleet.conf, wg-quick(8). */
export function configuration({ address, peers, publicKeys }: LinkArgs): string {
  return `${owned("link")}# The lines "# …Key:" name files with secrets; ${SYNC} puts them in.

[Interface]
# PrivateKey: ${PRIVATE_KEY}
# All hosts of the site are within this prefix, so that a peer more is no route more.
Address = ${plainWord(address)}/64
ListenPort = ${PORTS.link}
PostUp = ${SYNC}
${peers.map((peer) => section(peer, publicKeys[peer.name])).join("")}`;
}

function section({ name, address, outer: [outer = ""] }: LinkPeer, publicKey: string | undefined): string {
  if (publicKey === undefined)
    throw new Error(`the link has no public key of ${name}\nhint: \`peers\` and \`publicKeys\` name the same hosts`);
  return `
[Peer]
# ${plainWord(name)}
PublicKey = ${plainWord(publicKey)}
# PresharedKey: ${sharedKeyPath(plainWord(name))}
AllowedIPs = ${plainWord(address)}/128
Endpoint = ${bracketed(outer)}:${PORTS.link}
# Seen from outside a link is silent; by this, one that is down is known within minutes.
PersistentKeepalive = 25
`;
}

/** Drop-in of wg-quick@postfleet.service: a reload takes and leaves peers, and the others notice nothing. */
export const reloadDropIn = (): string => `${owned("link")}[Service]
ExecReload=
ExecReload=${SYNC}
`;

/** The program that brings peers and keys to the interface. */
export const syncProgram = (): string => program("link", "sync.sh", { values: { INTERFACE: LINK_INTERFACE } });

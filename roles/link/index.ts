/**
 * Role `link`: WireGuard between the hosts of a site whose roles turn to one another. SASL, milter, LMTP and rspamd's controller
 * have no TLS or no password of their own, so one mechanism stands below them all.
 *
 * Each host knows those alone that it exchanges something with. Backups and public names do not go this way: their TLS is
 * their own, and a backup target must be within reach when the rest of the site is lost.
 */
import { createHash } from "node:crypto";
import { addressesOf } from "../../site";
import { defineRole, fromFacts } from "../derived";
import { type SecretRef, secretFile } from "../secrets";
import { LINK_INTERFACE, linkAddress } from "../shared/link";
import { PORTS } from "../shared/paths";
import { type LinkArgs, PRIVATE_KEY, sharedKeyPath } from "./args";
import { linkParts } from "./manifest";

export type { LinkArgs, LinkPeer } from "./args";

/** What two hosts have in common, by name. Host names have no dot. */
const sharedKey = (...hosts: [string, string]): SecretRef => ({
  kind: "password",
  id: `link-${hosts.sort().join(".")}`,
  // More than the 256 bits that are made of it.
  length: 44,
  of: "site",
});

/** A key as wg(8) reads it. */
const keyOf = (password = ""): string => `${createHash("sha256").update(password).digest("base64")}\n`;

export const link = defineRole<LinkArgs, "publicKeys", { privateKey: "maybe"; sharedKeys: "many" }>({
  name: "link",
  component: "Link",
  summary: "encrypts what roles of several hosts say to one another",
  software: "WireGuard",
  needs: [],
  implied: ({ exchanges }) => exchanges,
  hosts: { several: true, twins: "alike" },
  packages: () => ["wireguard-tools"],
  listens: ({ peers }) => [
    { port: PORTS.link, protocol: "udp", to: ["link"], from: peers.flatMap(({ outer }) => outer) },
  ],
  data: [],
  secrets: {
    shape: { privateKey: "maybe", sharedKeys: "many" },
    // A lost host has left the link: nothing of it is kept, and its keys are worth nothing to who has it now.
    refs: fromFacts([], ({ host, peers }) => ({
      ...(host.lost ? {} : { privateKey: { kind: "link" as const, host: host.name } }),
      sharedKeys: Object.fromEntries(peers.map(({ name }) => [name, sharedKey(host.name, name)])),
    })),
    files: ({ privateKey, sharedKeys }) => ({
      ...(privateKey === undefined ? {} : { [PRIVATE_KEY]: secretFile([privateKey], "root", (key) => `${key}\n`) }),
      ...Object.fromEntries(
        Object.entries(sharedKeys).map(([peer, key]) => [sharedKeyPath(peer), secretFile([key], "root", keyOf)]),
      ),
    }),
  },
  watch: [
    {
      what: "peers that have not answered for five minutes",
      argv: [
        "sh",
        "-c",
        `wg show ${LINK_INTERFACE} latest-handshakes | awk -v now="$(date +%s)" '$2 < now - 300 { n++ } END { print n + 0 }'`,
      ],
      normal: { most: 0 },
    },
  ],
  update: { by: "reload", notice: "nothing: what goes through it goes on", twins: "at once" },
  args: ({ site, host, peers }) => ({
    address: linkAddress(site, host),
    peers: peers.map((peer) => ({ name: peer.name, address: linkAddress(site, peer), outer: addressesOf([peer]) })),
  }),
  late: fromFacts(["linkKeys"], ({ peers }, { linkKeys }) => ({
    publicKeys: Object.fromEntries(peers.flatMap(({ name }) => (linkKeys[name] ? [[name, linkKeys[name]]] : []))),
  })),
  manifest: linkParts,
});

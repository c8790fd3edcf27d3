/** What the link is told, and where its parts lie on a host. */

/** Another host of the site, as this one reaches it. */
export interface LinkPeer {
  /**
   * Its name in the site file.
   * @example "relay1"
   */
  name: string;
  /**
   * Its address inside the link, IPv6.
   * @example "fdc4:79ab:8be1:d21:5f0e:9c11:7d3:aa01"
   */
  address: string;
  /**
   * Addresses from which its packets come, and the first of them is where ours go.
   * @example ["192.0.2.11", "2001:db8::11"]
   */
  outer: string[];
}

/** Arguments of the role `link`. */
export interface LinkArgs {
  /**
   * This host's address inside the link, IPv6.
   * @example "fdc4:79ab:8be1:d21:5f0e:9c11:7d3:aa02"
   */
  address: string;
  /**
   * Hosts that it exchanges something with; it knows no other.
   * @example [{ name: "relay1", address: "fdc4:79ab:8be1:d21:5f0e:9c11:7d3:aa01", outer: ["192.0.2.11"] }]
   */
  peers: LinkPeer[];
  /**
   * Public keys of the peers, in base64, by their names.
   * @example { relay1: "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=" }
   */
  publicKeys: Record<string, string>;
}

/** Configuration, wg-quick(8). It holds no secret, so that previews can show it. */
export const LINK_FILE = "/etc/wireguard/postfleet.conf";
/** The private key, and a key for each peer. Secret. */
export const KEY_DIRECTORY = "/etc/postfleet/link";
/** Programs of the role. */
export const PROGRAM_DIRECTORY = "/usr/local/lib/postfleet/link";

/** The host's own private key. */
export const PRIVATE_KEY = `${KEY_DIRECTORY}/private`;

/** The key that a pair of hosts has in common. */
export const sharedKeyPath = (peer: string): string => `${KEY_DIRECTORY}/shared.${peer}`;

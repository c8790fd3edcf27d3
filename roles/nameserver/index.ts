/**
 * An authoritative name server for the site's zones: PowerDNS with zone files, RFC 1035, signed by itself, RFC 4033.
 * The zones are files so that a preview shows the very records that change.
 */
import type * as pulumi from "@pulumi/pulumi";
import { manifestOf, type RoleArgs, RoleComponent } from "../../components/resources/role-component";
import { type Manifest, manifest } from "../../provider/manifest";
import { directory, file, firewallService } from "../shared/entries";
import { NFTABLES_DIRECTORY } from "../shared/paths";
import * as files from "./files";

/** What a name server wants to know. */
export interface NameserverArgs {
  /**
   * Addresses of this host to answer on, UDP and TCP port 53.
   * @example ["203.0.113.11", "2001:db8::11"]
   */
  addresses: string[];
  /**
   * The zones: name, and master file with `@SERIAL@` in the place of the serial.
   * @example [{ name: "example.org", text: "$ORIGIN example.org.\n@ IN SOA …" }]
   */
  zones: { name: string; text: string }[];
  /**
   * Sign the zones (ECDSA P-256, NSEC) and publish CDS and CDNSKEY, RFC 8078.
   * @default true
   * @example false
   */
  dnssec?: boolean;
  /**
   * Addresses of servers that may fetch whole zones (AXFR), RFC 5936.
   * @default [] nobody
   * @example ["203.0.113.53"]
   */
  secondaries?: string[];
}

/** Secrets of a name server. */
export interface NameserverSecrets {
  /**
   * Private key of a zone, PEM, ECDSA P-256: one key on every server, and the same after a rebuild.
   * @default the host makes one and keeps it
   */
  zoneKeys?: Record<string, pulumi.Input<string>>;
}

const CONFIG = "/etc/powerdns/pdns.d/postfleet.conf";
const DROP_IN = "/etc/systemd/system/pdns.service.d/postfleet.conf";
const NAMED = `${files.SOURCES}/named.conf`;
const SCRIPT = "/usr/local/lib/postfleet/zones";
const NFT = `${NFTABLES_DIRECTORY}/nameserver.nft`;

/** The name server's manifest. */
export function nameserverManifest(args: NameserverArgs): Manifest {
  const [first] = args.zones;
  const sources = args.zones.map(({ name, text }) => [`${files.SOURCES}/${name}.zone`, file(text)] as const);
  return manifest("nameserver", {
    packages: { "bind9-dnsutils": "present", "pdns-backend-bind": "present", "pdns-server": "present" },
    directories: {
      [files.SERVED]: directory(),
      [files.KEYS]: { mode: "0750", owner: "pdns", group: "pdns" },
    },
    files: {
      [CONFIG]: file(files.pdns(args)),
      [DROP_IN]: file(files.unit(args)),
      [NAMED]: file(files.named(args)),
      [SCRIPT]: file(files.script(args), "0755"),
      [NFT]: file(files.nft(args)),
      [files.BACKUP_FILE]: file(files.backup(args)),
      ...Object.fromEntries(sources),
    },
    validate: [{ argv: [SCRIPT, "check"] }, { argv: ["pdns_server", "--config=check"] }],
    services: {
      ...firewallService(NFT),
      "pdns.service": {
        enabled: true,
        running: true,
        reloadOn: [NAMED, ...sources.map(([path]) => path)],
        restartOn: [CONFIG, DROP_IN, SCRIPT, `${files.SOURCES}/keys/`],
      },
    },
    health: args.addresses.flatMap((address) =>
      first === undefined
        ? []
        : [
            {
              kind: "command" as const,
              argv: [
                "sh",
                "-c",
                `dig +norec +time=1 +tries=1 @${address} ${first.name} SOA | grep -q 'status: NOERROR'`,
              ],
              timeout: 15,
            },
          ],
    ),
    keep: [files.KEYS, files.SERVED],
  });
}

/** A name server on one host. */
export class Nameserver extends RoleComponent {
  constructor(
    name: string,
    { host, zoneKeys = {}, ...args }: RoleArgs<NameserverArgs> & NameserverSecrets,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const secretFiles = Object.fromEntries(
      Object.entries(zoneKeys).map(([zone, content]) => [
        files.keyFile(zone),
        { content, mode: "0600", owner: "pdns", group: "pdns" },
      ]),
    );
    super(
      "postfleet:mail:Nameserver",
      name,
      { host, manifest: manifestOf(nameserverManifest, args), secretFiles },
      opts,
    );
  }
}

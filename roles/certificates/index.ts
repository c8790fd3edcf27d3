/**
 * The host's certificate by ACME, RFC 8555, challenge http-01. The private key comes from the Pulumi state, so DANE's TLSA
 * holds over renewals and rebuilds; a new key is served together with the first certificate for it. Services always start: with
 * the last certificate, else with a self-signed one.
 */
import { dirname } from "node:path/posix";
import * as pulumi from "@pulumi/pulumi";
import type { InputsOf } from "../../components/resources/inputs";
import { type RoleArgs, RoleComponent } from "../../components/resources/role-component";
import { type Manifest, manifest } from "../../provider/manifest";
import { directory, file, firewallService, running, secretFile } from "../shared/entries";
import { ACME_WEBROOT, certificatePaths, NFTABLES_DIRECTORY, RENEW_DIRECTORY, TLS_DIRECTORY } from "../shared/paths";
import * as files from "./files";
import { script } from "./script";

export { PENDING as CERTIFICATES_PENDING } from "./files";

/** Where certificates come from. */
export interface AcmeArgs {
  /**
   * Directory URL of the CA.
   * @example "https://acme-v02.api.letsencrypt.org/directory"
   */
  directory: string;
  /**
   * Contact of the account.
   * @example "postmaster@example.org"
   */
  email: string;
  /**
   * CA certificate (PEM) of the directory's own certificate, for a private CA.
   * @default the system's
   * @example "-----BEGIN CERTIFICATE-----…"
   */
  caCertificate?: string;
  /**
   * Renew when fewer days than this are left.
   * @default 30
   * @example 20
   */
  renewBefore?: number;
  /**
   * URI of the account, where it is registered already; lego registers the key itself otherwise.
   * @default undefined
   * @example "https://acme-v02.api.letsencrypt.org/acme/acct/1"
   */
  accountUri?: string;
}

/** What the role wants to know. */
export interface CertificatesArgs {
  /**
   * Fully qualified name of the host: folder and subject of the certificate.
   * @example "mail1.example.org"
   */
  hostname: string;
  /**
   * Further names on the certificate, those of the services on this host.
   * @example ["imap.example.org", "webmail.example.org"]
   */
  names: string[];
  /**
   * The CA.
   * @default undefined: self-signed for ever
   * @example { directory: "https://acme-v02.api.letsencrypt.org/directory", email: "postmaster@example.org" }
   */
  acme?: AcmeArgs;
}

/** Secrets of the role. */
export interface CertificatesSecrets {
  /**
   * Private key that the certificate is to have, PEM, ECDSA P-256. After a change the old pair is served until there is a
   * certificate for the new key.
   */
  privateKey: pulumi.Input<string>;
  /**
   * Private key of the ACME account, PEM.
   * @default lego makes one on the host
   */
  accountKey?: pulumi.Input<string>;
}

const NGINX = "/etc/nginx/conf.d/postfleet-certificates.conf";
const SCRIPT = "/usr/local/lib/postfleet/renew-certificates";
const SERVICE = "/etc/systemd/system/postfleet-certificates.service";
const TIMER = "/etc/systemd/system/postfleet-certificates.timer";
const NFT = `${NFTABLES_DIRECTORY}/certificates.nft`;
const DEFAULT_SITE = "/etc/nginx/sites-enabled/default";

/** The manifest of the role, without its secrets. */
export function certificatesManifest(args: CertificatesArgs): Manifest {
  const { chain, key } = certificatePaths(args.hostname);
  const ca = args.acme?.caCertificate;
  const acme = args.acme !== undefined;
  return manifest("certificates", {
    packages: { ...(acme ? { lego: "present" } : {}), "nginx-light": "present", openssl: "present" },
    directories: {
      [TLS_DIRECTORY]: directory(),
      [`${TLS_DIRECTORY}/${args.hostname}`]: directory(),
      [RENEW_DIRECTORY]: directory(),
      [ACME_WEBROOT]: directory(),
    },
    files: {
      [NGINX]: file(files.nginx(args)),
      [files.REQUEST]: file(files.request(args)),
      [SCRIPT]: file(script(args), "0755"),
      ...(acme ? { [SERVICE]: file(files.service(args)), [TIMER]: file(files.timer(args)) } : {}),
      [NFT]: file(files.nft(args)),
      ...(ca === undefined ? {} : { [files.CA_FILE]: file(ca) }),
    },
    // Debian's welcome page would be a second default server on port 80, which nginx refuses.
    links: { [DEFAULT_SITE]: "/dev/null" },
    prepare: [
      { argv: [SCRIPT, "--ensure"], onChange: [files.WANTED_KEY, SCRIPT], creates: chain },
      { argv: [SCRIPT, "--ensure"], onChange: [SCRIPT], creates: key },
      // Failures before this change do not count against it: else systemd would refuse to start the service again.
      ...(acme
        ? [
            { argv: ["sh", "-c", "systemctl reset-failed postfleet-certificates.service 2>&1 || true"], onChange: [] },
            {
              argv: [
                "sh",
                "-c",
                `mkdir -p ${dirname(files.TIMER_STAMP)} && touch -d '2 days ago' ${files.TIMER_STAMP}`,
              ],
              onChange: [],
            },
          ]
        : []),
    ],
    validate: [{ argv: ["sh", "-n", SCRIPT] }, { argv: ["nginx", "-t", "-q"] }],
    services: {
      ...firewallService(NFT),
      "nginx.service": running({ reload: [NGINX, DEFAULT_SITE] }),
      ...(acme
        ? {
            "postfleet-certificates.timer": running({
              restart: [TIMER, SCRIPT, SERVICE, files.REQUEST, files.CA_FILE, files.ACCOUNT_KEY, files.WANTED_KEY],
            }),
          }
        : {}),
    },
    health: [{ kind: "http", url: "http://127.0.0.1/", status: 301, timeout: 15 }],
    keep: [TLS_DIRECTORY, files.LEGO],
  });
}

/** Arguments whose CA may hold outputs. */
type CertificatesInputs = Omit<RoleArgs<CertificatesArgs>, "acme"> & { acme?: pulumi.Input<InputsOf<AcmeArgs>> };

/** Certificates of one host. */
export class Certificates extends RoleComponent {
  constructor(
    name: string,
    { host, privateKey, accountKey, ...args }: CertificatesInputs & CertificatesSecrets,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const wanted = pulumi.output(args).apply((plain) => certificatesManifest(plain as CertificatesArgs));
    const secretFiles = {
      [files.WANTED_KEY]: secretFile(privateKey),
      ...(accountKey === undefined ? {} : { [files.ACCOUNT_KEY]: secretFile(accountKey) }),
    };
    super("postfleet:mail:Certificates", name, { host, manifest: wanted, secretFiles }, opts);
  }
}

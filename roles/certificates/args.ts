/** What the role `certificates` is told. */

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
   * Renew when fewer days than this are left.
   * @default 30
   * @example 20
   */
  renewBefore?: number;
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
  /**
   * CA certificate (PEM) of the directory's own certificate, for a private CA.
   * @default the system's
   * @example "-----BEGIN CERTIFICATE-----…"
   */
  caCertificate?: string;
  /**
   * URI of the account, where it is registered already; lego registers the key itself otherwise.
   * @default undefined
   * @example "https://acme-v02.api.letsencrypt.org/acme/acct/1"
   */
  accountUri?: string;
}

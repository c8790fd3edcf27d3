/** What the webmail is told, and where its parts lie on a host. */

import { DEFAULTS } from "../../site";

/** Arguments of the webmail. Other roles are reached by their public names, wherever they are. */
export interface WebmailArgs {
  /**
   * Public name: `https://<name>/`.
   * @example "webmail.example.org"
   */
  name: string;
  /**
   * Name whose certificate is served, see `certificatePaths`. It covers `name` and, for every domain, `autoconfig.`,
   * `autodiscover.` and, with `mtaStsPolicy`, `mta-sts.`.
   * @default name
   * @example "mail1.example.org"
   */
  certificate?: string;
  /**
   * Mail domains, for the set-up of mail clients and for MTA-STS.
   * @example ["example.org", "example.net"]
   */
  domains: string[];
  /**
   * Shown in the title and at the login.
   * @example "Example mail"
   */
  productName: string;
  /**
   * Public name of IMAP (993), ManageSieve (4190) and POP3; the certificate there bears it.
   * @example "imap.example.org"
   */
  imapHost: string;
  /**
   * Public name of submission (465); the certificate there bears it.
   * @example "smtp.example.org"
   */
  submissionHost: string;
  /**
   * Tell mail clients of POP3 too.
   * @default false
   * @example true
   */
  pop3?: boolean;
  /**
   * Largest message in bytes, as the submission agent takes it (RFC 1870); uploads are limited alike.
   * @default 52428800 (50 MiB)
   * @example 25 * 1024 ** 2
   */
  messageSizeLimit?: number;
  /**
   * PEM file of the CAs that vouch for `imapHost` and `submissionHost`. Certificates are always verified: while those hosts
   * still show a self-signed one (the minutes before ACME answers), logins fail instead of telling it the password. On a
   * site without ACME, name the file that holds the self-signed ones.
   * @default the system's, /etc/ssl/certs/ca-certificates.crt
   * @example "/etc/postfleet/tls/mail1.example.org/fullchain.pem"
   */
  caFile?: string;
  /**
   * Text of the MTA-STS policy, RFC 8461, the same for every domain. Absent: `mta-sts.` is not served.
   * @default undefined
   * @example "version: STSv1\nmode: enforce\nmx: mx1.example.org\nmax_age: 604800\n"
   */
  mtaStsPolicy?: string;
}

/** The arguments with every default filled in. */
export type WebmailSettings = Required<Omit<WebmailArgs, "mtaStsPolicy">> & Pick<WebmailArgs, "mtaStsPolicy">;

/** Fill in the defaults; refuse what would break a file. */
export function webmailSettings(args: WebmailArgs): WebmailSettings {
  if (/["$\\]/.test(args.mtaStsPolicy ?? "")) {
    throw new Error(
      `mtaStsPolicy holds a quote, dollar or backslash (given: ${JSON.stringify(args.mtaStsPolicy)}). ` +
        "Allowed are lines `key: value` of RFC 8461. Hint: it is text, not a shell or nginx string.",
    );
  }
  return {
    ...args,
    certificate: args.certificate ?? args.name,
    pop3: args.pop3 ?? false,
    messageSizeLimit: args.messageSizeLimit ?? DEFAULTS.messageSizeLimit,
    caFile: args.caFile ?? "/etc/ssl/certs/ca-certificates.crt",
  };
}

/** Roundcube and its PHP run as this user, not as the web server's. */
export const USER = "roundcube";
/** Roundcube's configuration. */
export const CONFIG_FILE = "/etc/roundcube/config.inc.php";
/** The key that encrypts passwords in sessions. Secret. */
export const SECRET_FILE = "/etc/roundcube/postfleet-secret.php";
/** Address books, identities, settings of the users: the only data of this role. */
export const DATA_DIRECTORY = "/var/lib/roundcube/postfleet";
/** SQLite database in it. */
export const DATABASE = `${DATA_DIRECTORY}/roundcube.sqlite`;
/** Uploads on their way. */
export const TEMP_DIRECTORY = "/var/cache/roundcube";
/** What mail clients ask for: autoconfig and autodiscover. */
export const CLIENT_DIRECTORY = "/usr/local/lib/postfleet/webmail";
/** Our Roundcube plugin. */
export const PLUGIN_DIRECTORY = "/var/lib/roundcube/plugins/postfleet";
/** Socket of the PHP pool. */
export const POOL_SOCKET = "/run/php/postfleet-webmail.sock";

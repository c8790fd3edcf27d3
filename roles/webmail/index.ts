/**
 * Role `webmail`: Roundcube behind nginx, and the web pages that mail clients and servers look for: autoconfig,
 * autodiscover, MTA-STS (RFC 8461).
 *
 * Stateless but for one SQLite file with address books and settings; mail stays on the mailstore.
 */
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { HostRole } from "../../components/resources/host-role";
import { type HostConnection, type Manifest, manifest } from "../../provider/manifest";
import { directory, file, firewallService, running, secretFile } from "../shared/entries";
import { BACKUP_DIRECTORY, NFTABLES_DIRECTORY, owned, RENEW_DIRECTORY } from "../shared/paths";
import {
  CLIENT_DIRECTORY,
  CONFIG_FILE,
  DATA_DIRECTORY,
  DATABASE,
  PLUGIN_DIRECTORY,
  SECRET_FILE,
  TEMP_DIRECTORY,
  USER,
  type WebmailArgs,
  webmailSettings,
} from "./args";
import { autoconfig, autodiscover } from "./clients";
import { nginxSite } from "./nginx";
import { housekeepingDropIn, poolConf } from "./php";
import { clientAddressPlugin, managesieveConfig, roundcubeConfig, sessionKeyFile } from "./roundcube";

export type { WebmailArgs } from "./args";

const POOL_FILE = "/etc/php/8.4/fpm/pool.d/postfleet-webmail.conf";
const SITE_FILE = "/etc/nginx/sites-enabled/postfleet-webmail.conf";
const FIREWALL_FILE = `${NFTABLES_DIRECTORY}/webmail.nft`;
const HOUSEKEEPING = ["roundcube-gc", "roundcube-cleandb"];

/** Everything the webmail wants of its host, but for the session key, which is secret. */
export function webmailManifest(args: WebmailArgs): Manifest {
  const s = webmailSettings(args);
  const dropIns = HOUSEKEEPING.map((unit) => `/etc/systemd/system/${unit}.service.d/postfleet.conf`);
  return manifest("webmail", {
    // php-fpm by name, in the same run: it satisfies Roundcube's need of a PHP, which Apache would otherwise.
    packages: {
      "nginx-light": "present",
      "php8.4-fpm": "present",
      "php8.4-sqlite3": "present",
      "php8.4-intl": "present",
      "php8.4-mbstring": "present",
      "php8.4-xml": "present",
      "php8.4-zip": "present",
      "roundcube-core": "present",
      "roundcube-sqlite3": "present",
      "roundcube-plugins": "present",
      "ca-certificates": "present",
      curl: "present",
    },
    users: { [USER]: { home: DATA_DIRECTORY, shell: "/usr/sbin/nologin", groups: [] } },
    directories: {
      [DATA_DIRECTORY]: directory("0700", USER),
      [TEMP_DIRECTORY]: directory("0700", USER),
      [PLUGIN_DIRECTORY]: directory(),
      "/usr/local/lib/postfleet": directory(),
      [CLIENT_DIRECTORY]: directory(),
    },
    files: {
      [CONFIG_FILE]: file(roundcubeConfig(s), "0640", USER),
      "/etc/roundcube/plugins/managesieve/config.inc.php": file(managesieveConfig(s)),
      [`${PLUGIN_DIRECTORY}/postfleet.php`]: file(clientAddressPlugin()),
      [`${CLIENT_DIRECTORY}/config-v1.1.xml`]: file(autoconfig(s)),
      [`${CLIENT_DIRECTORY}/autodiscover.php`]: file(autodiscover(s)),
      [POOL_FILE]: file(poolConf(s)),
      [SITE_FILE]: file(nginxSite(s)),
      ...Object.fromEntries(dropIns.map((path) => [path, file(housekeepingDropIn())])),
      [FIREWALL_FILE]: file(`${owned("webmail")}tcp dport 443 accept\n`),
      [`${RENEW_DIRECTORY}/webmail`]: file(`${owned("webmail")}nginx.service\n`),
      [`${BACKUP_DIRECTORY}/webmail`]: file(`${owned("webmail")}${DATA_DIRECTORY}\n`),
    },
    prepare: [
      {
        // Makes the tables in an empty database, and brings those of an older Roundcube up to date.
        argv: [
          ...["runuser", "-u", USER, "--", "/usr/share/roundcube/bin/updatedb.sh"],
          ...["--package=roundcube", "--dir=/usr/share/roundcube/SQL"],
        ],
        onChange: [CONFIG_FILE],
        creates: DATABASE,
      },
    ],
    validate: [{ argv: ["php", "-l", CONFIG_FILE] }, { argv: ["php-fpm8.4", "-t"] }, { argv: ["nginx", "-t"] }],
    services: {
      ...firewallService(FIREWALL_FILE),
      // It looks at PHP files again every two seconds (opcache), so only its own pool concerns it.
      "php8.4-fpm.service": running({ reload: [POOL_FILE] }),
      "nginx.service": running({ reload: [SITE_FILE] }),
      ...Object.fromEntries(HOUSEKEEPING.map((unit) => [`${unit}.timer`, running()])),
    },
    health: [
      {
        // To this host, by the public name, whatever DNS says: the page is made by PHP from the database.
        kind: "command",
        argv: [
          ...["curl", "--silent", "--show-error", "--fail", "--insecure", "--max-time", "10", "--output", "/dev/null"],
          ...["--resolve", `${s.name}:443:127.0.0.1`, `https://${s.name}/`],
        ],
        timeout: 30,
      },
    ],
    keep: [DATA_DIRECTORY],
  });
}

/** The webmail on one host. */
export class Webmail extends pulumi.ComponentResource {
  /** The role on the host. */
  public readonly role: HostRole;

  constructor(
    name: string,
    args: WebmailArgs & {
      /** The host. */
      host: pulumi.Input<HostConnection>;
      /**
       * Key that encrypts the passwords in the sessions, 32 characters. Several webmail hosts share one. Secret.
       * @default generated once
       */
      sessionKey?: pulumi.Input<string>;
    },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("postfleet:mail:Webmail", name, {}, opts);
    const { host, sessionKey, ...rest } = args;
    const key =
      sessionKey ??
      new random.RandomPassword(
        `${name}-session-key`,
        { length: 32, special: false },
        { parent: this, additionalSecretOutputs: ["result", "bcryptHash"] },
      ).result;
    const content = pulumi.secret(key).apply(sessionKeyFile);
    this.role = new HostRole(
      name,
      {
        host,
        manifest: webmailManifest(rest),
        secretFiles: { [SECRET_FILE]: secretFile(content, USER) },
      },
      { parent: this },
    );
    this.registerOutputs({ role: this.role });
  }
}

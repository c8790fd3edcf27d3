/** What the webmail wants of its host, put together from its files. */
import { directory, file, running } from "../shared/entries";
import { dropInPath, sandboxDropIn } from "../shared/sandbox";
import {
  CLIENT_DIRECTORY,
  CONFIG_FILE,
  DATA_DIRECTORY,
  DATABASE,
  PLUGIN_DIRECTORY,
  TEMP_DIRECTORY,
  USER,
  type WebmailArgs,
  webmailSettings,
} from "./args";
import { autoconfig, autodiscover } from "./clients";
import { nginxSite } from "./nginx";
import { housekeepingDropIn, poolConf } from "./php";
import { managesieveConfig, roundcubeConfig, roundcubePlugin } from "./roundcube";

const POOL_FILE = "/etc/php/8.4/fpm/pool.d/postfleet-webmail.conf";
const SITE_FILE = "/etc/nginx/sites-enabled/postfleet-webmail.conf";
const PHP_SANDBOX = dropInPath("php8.4-fpm.service");
const HOUSEKEEPING = ["roundcube-gc", "roundcube-cleandb"];

/** Its master starts processes as the user of their pool. PHP compiles regular expressions. */
const phpSandbox = () =>
  sandboxDropIn("webmail", {
    writes: ["/run/php", "/var/log", DATA_DIRECTORY, TEMP_DIRECTORY, "-/var/lib/php"],
    capabilities: ["CAP_SETUID", "CAP_SETGID", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL"],
    compiles: true,
  });

/** Roundcube, its PHP and its web server. */
export function webmailParts(args: WebmailArgs) {
  const s = webmailSettings(args);
  const dropIns = HOUSEKEEPING.map((unit) => dropInPath(`${unit}.service`));
  return {
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
      [`${PLUGIN_DIRECTORY}/postfleet.php`]: file(roundcubePlugin()),
      [`${CLIENT_DIRECTORY}/config-v1.1.xml`]: file(autoconfig(s)),
      [`${CLIENT_DIRECTORY}/autodiscover.php`]: file(autodiscover(s)),
      [POOL_FILE]: file(poolConf(s)),
      [PHP_SANDBOX]: file(phpSandbox()),
      [SITE_FILE]: file(nginxSite(s)),
      ...Object.fromEntries(dropIns.map((path) => [path, file(housekeepingDropIn())])),
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
      // It looks at PHP files again every two seconds (opcache), so only its own pool concerns it.
      "php8.4-fpm.service": running({ reload: [POOL_FILE], restart: [PHP_SANDBOX] }),
      "nginx.service": running({ reload: [SITE_FILE] }),
      ...Object.fromEntries(HOUSEKEEPING.map((unit) => [`${unit}.timer`, running()])),
    },
    health: [
      {
        // To this host, by the public name, whatever DNS says: the page is made by PHP from the database.
        kind: "command" as const,
        argv: [
          ...["curl", "--silent", "--show-error", "--fail", "--insecure", "--max-time", "10", "--output", "/dev/null"],
          ...["--resolve", `${s.name}:443:127.0.0.1`, `https://${s.name}/`],
        ],
        timeout: 30,
      },
    ],
  };
}

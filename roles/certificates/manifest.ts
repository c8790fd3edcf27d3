/** What the role `certificates` wants of its host, put together from its files. */
import { dirname } from "node:path/posix";
import { directory, file, running } from "../shared/entries";
import { ACME_WEBROOT, certificatePaths, RENEW_DIRECTORY, TLS_DIRECTORY } from "../shared/paths";
import { dropInPath } from "../shared/sandbox";
import type { CertificatesArgs } from "./args";
import * as files from "./files";
import { script } from "./script";

const NGINX = "/etc/nginx/conf.d/postfleet-certificates.conf";
const SCRIPT = "/usr/local/lib/postfleet/renew-certificates";
const NGINX_SANDBOX = dropInPath("nginx.service");
const SERVICE = "/etc/systemd/system/postfleet-certificates.service";
const TIMER = "/etc/systemd/system/postfleet-certificates.timer";
const DEFAULT_SITE = "/etc/nginx/sites-enabled/default";

/** The web server for the CA, and the program that gets certificates from it. */
export function certificatesParts(args: CertificatesArgs) {
  const { chain, key } = certificatePaths(args.hostname);
  const ca = args.caCertificate;
  const acme = args.acme !== undefined;
  return {
    directories: {
      [TLS_DIRECTORY]: directory(),
      [`${TLS_DIRECTORY}/${args.hostname}`]: directory(),
      [RENEW_DIRECTORY]: directory(),
      [ACME_WEBROOT]: directory(),
    },
    files: {
      [NGINX]: file(files.nginx(args)),
      [NGINX_SANDBOX]: file(files.nginxSandbox()),
      [files.REQUEST]: file(files.request(args)),
      [SCRIPT]: file(script(args), "0755"),
      ...(acme ? { [SERVICE]: file(files.service(args)), [TIMER]: file(files.timer(args)) } : {}),
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
      "nginx.service": running({ reload: [NGINX, DEFAULT_SITE], restart: [NGINX_SANDBOX] }),
      ...(acme
        ? {
            "postfleet-certificates.timer": running({
              restart: [TIMER, SCRIPT, SERVICE, files.REQUEST, files.CA_FILE, files.ACCOUNT_KEY, files.WANTED_KEY],
            }),
          }
        : {}),
    },
    health: [{ kind: "http" as const, url: "http://127.0.0.1/", status: 301, timeout: 15 }],
  };
}

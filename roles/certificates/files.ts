/** The files of the role `certificates`, each a pure function of its arguments. */
import { createHash } from "node:crypto";
import { plainWord } from "../../quote/config";
import { ACME_WEBROOT, owned, TLS_DIRECTORY } from "../shared/paths";
import { SANDBOX, sandboxDropIn } from "../shared/sandbox";
import type { CertificatesArgs } from "./args";

const ROLE = "certificates";

/** Private key of the ACME account, from the Pulumi state. */
export const ACCOUNT_KEY = "/etc/postfleet/acme/account.pem";
/** The key that the certificate is to have; the one it has stays beside the certificate until there is one for this key. */
export const WANTED_KEY = "/etc/postfleet/acme/certificate-key.pem";
/** It exists while a new certificate has not reached every service. */
export const PENDING = "/var/lib/postfleet/certificates.reload";
/** CA of the ACME directory's own certificate. */
export const CA_FILE = "/etc/postfleet/acme/ca.pem";
/** openssl's configuration for requests. */
export const REQUEST = "/etc/postfleet/acme/request.cnf";
/** Where lego works. */
export const LEGO = "/var/lib/postfleet/lego";
/** Result of the last run. */
export const STATUS = "/var/lib/postfleet/certificates-status.json";

/** Drop-in of nginx.service: its master opens ports and keys, its workers are www-data. */
export const nginxSandbox = () =>
  sandboxDropIn(ROLE, {
    // Its pid file is /run/nginx.pid.
    writes: ["/run", "/var/lib/nginx", "/var/log/nginx"],
    capabilities: ["CAP_NET_BIND_SERVICE", "CAP_SETUID", "CAP_SETGID", "CAP_CHOWN", "CAP_DAC_OVERRIDE"],
  });

/** /etc/nginx/conf.d/postfleet-certificates.conf: port 80 is for the CA's question, everybody else goes to https. */
export const nginx = (_args: CertificatesArgs) => `${owned(ROLE)}
server {
    listen 80 default_server;
    listen [::]:80 default_server;
    server_name _;
    server_tokens off;
    access_log off;

    # RFC 8555 §8.3. The CA follows redirects, but a broken https must not keep the next certificate away.
    location ^~ /.well-known/acme-challenge/ {
        root ${ACME_WEBROOT};
        default_type text/plain;
    }

    location / {
        return 301 https://$host$request_uri;
    }
}
`;

/** request.cnf, openssl-req(1): the names come by the environment, since those not in DNS yet are left out. */
export const request = (args: CertificatesArgs) => `${owned(ROLE)}
[req]
prompt = no
distinguished_name = subject
req_extensions = extensions
x509_extensions = extensions

[subject]
CN = ${plainWord(args.hostname)}

[extensions]
subjectAltName = \${ENV::SAN}
`;

/** postfleet-certificates.service: one attempt, repeated with growing pauses, failed for all to see after about 3 hours. */
export const service = (_args: CertificatesArgs) => `${owned(ROLE)}
[Unit]
Description=Get and deploy the certificate of this host
After=network-online.target nginx.service unbound.service
Wants=network-online.target
# CAs allow 5 failed validations an hour: 12 attempts within 6 hours, and the timer tries anew after that.
StartLimitIntervalSec=6h
StartLimitBurst=12

[Service]
Type=oneshot
ExecStart=/usr/local/lib/postfleet/renew-certificates
TimeoutStartSec=10min
# A new site's DNS comes seconds or minutes after its hosts: 5 s, 10 s, 20 s … 1 h.
Restart=on-failure
RestartSec=5s
RestartSteps=8
RestartMaxDelaySec=1h

CapabilityBoundingSet=
ReadWritePaths=${TLS_DIRECTORY} /var/lib/postfleet
ProtectHome=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
${SANDBOX}`;

/** Where systemd notes when the timer went off last. Older than half a day: at its next start it makes up for that at once. */
export const TIMER_STAMP = "/var/lib/systemd/timers/stamp-postfleet-certificates.timer";

/**
 * postfleet-certificates.timer, systemd.timer(5): twice a day, and after every update that changes what is wanted (see
 * {@link TIMER_STAMP}; OnActiveSec= would go off at every reload of systemd, i.e. with every package, up to the limit of starts). The minute comes from the hostname: hosts do not ask all at once, and previews do
 * not change from run to run.
 */
export function timer(args: CertificatesArgs): string {
  const minute = createHash("sha256").update(args.hostname).digest().readUInt16BE(0) % 720;
  const at = [0, 720].map((half) => {
    const [hours, minutes] = [Math.floor((half + minute) / 60), (half + minute) % 60];
    return `${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}:00`;
  });
  return `${owned(ROLE)}
[Unit]
Description=Renew the certificate of this host

[Timer]
${at.map((time) => `OnCalendar=*-*-* ${time}\n`).join("")}AccuracySec=1s
Persistent=true

[Install]
WantedBy=timers.target
`;
}

/** foreign1, another mail provider: what the site's mail meets out there. */
import { createPrivateKey, createPublicKey } from "node:crypto";
import type { LabFiles } from "../identity";
import { FOREIGN_DOMAIN, STS_DOMAINS } from "../plan";
import type { KeyPair } from "../secrets";
import { dovecotConf, dovecotUsers } from "./dovecot";
import {
  CERTIFICATE,
  DKIM_KEY,
  DKIM_SELECTOR,
  HOSTNAME,
  KEY,
  POLICY_CERTIFICATE,
  POLICY_HOSTS,
  POLICY_KEY,
  policyHost,
} from "./names";
import { mainCf, masterCf } from "./postfix";
import { rspamdConf, SUFFIXES, suffixes } from "./rspamd";

/** What foreign1 is made with. */
export interface ForeignArgs {
  certificate: string;
  key: string;
  /** For the hosts of the MTA-STS policies. */
  policies: KeyPair;
  /** DKIM key, RSA, PKCS #8 in PEM. */
  dkim: string;
  /** Address -> password. */
  passwords: Record<string, string>;
}

/** The DKIM record of a private key, RFC 6376 section 3.6.1, by selector. */
export function dkimRecords(dkim: string): Record<string, string> {
  const der = createPublicKey(createPrivateKey(dkim)).export({ type: "spki", format: "der" });
  return { [DKIM_SELECTOR]: `v=DKIM1; k=rsa; p=${der.toString("base64")}` };
}

/** MTA-STS policy, RFC 8461 section 3.2. */
const policy = (mx: string): string => `version: STSv1\r\nmode: enforce\r\nmx: ${mx}\r\nmax_age: 86400\r\n`;

const policyFile = (domain: string): string => `/srv/mta-sts/${policyHost(domain)}/.well-known/mta-sts.txt`;

const policyServer = (hosts: readonly string[], certificate: string, key: string): string => `server {
    listen 443 ssl;
    listen [::]:443 ssl;
    server_name ${hosts.join(" ")};
    ssl_certificate ${certificate};
    ssl_certificate_key ${key};
    root /srv/mta-sts/$host;
    default_type text/plain;
}
`;

const nginxSite = (): string =>
  policyServer([policyHost(FOREIGN_DOMAIN)], CERTIFICATE, KEY) +
  policyServer(POLICY_HOSTS, POLICY_CERTIFICATE, POLICY_KEY);

/** Units come back after a crash. Rspamd is given up on quickly when it hangs while it stops. */
const RESTART = "[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=200ms\nTimeoutStopSec=2s\n";

const dropIn = (unit: string): string => `/etc/systemd/system/${unit}.service.d/lab.conf`;

/** Files of foreign1. */
export function foreignFiles(args: ForeignArgs): LabFiles {
  const files: LabFiles = {
    [CERTIFICATE]: { content: args.certificate },
    [KEY]: { content: args.key, mode: 0o600 },
    [DKIM_KEY]: { content: args.dkim, mode: 0o640 },
    "/etc/mailname": { content: `${FOREIGN_DOMAIN}\n` },
    "/etc/postfix/main.cf": { content: mainCf() },
    "/etc/postfix/master.cf": { content: masterCf() },
    "/etc/dovecot/dovecot.conf": { content: dovecotConf() },
    "/etc/dovecot/users": { content: dovecotUsers(args.passwords), mode: 0o640 },
    "/etc/nginx/sites-enabled/default": { content: nginxSite() },
    [policyFile(FOREIGN_DOMAIN)]: { content: policy(HOSTNAME) },
    ...Object.fromEntries(STS_DOMAINS.map(({ name, policyMx }) => [policyFile(name), { content: policy(policyMx) }])),
    [POLICY_CERTIFICATE]: { content: args.policies.certificate },
    [POLICY_KEY]: { content: args.policies.key, mode: 0o600 },
    [SUFFIXES]: { content: suffixes() },
    "/etc/rspamd/rspamd.conf": { content: rspamdConf() },
  };
  for (const unit of ["rspamd", "nginx"]) files[dropIn(unit)] = { content: RESTART };
  // Dovecot's sockets for Postfix are in a directory that Postfix makes.
  files[dropIn("dovecot")] = { content: RESTART.replace("[Unit]\n", "[Unit]\nAfter=postfix.service\n") };
  return files;
}

/** Shell lines run once in a new foreign1 before it boots. */
export const foreignSetup =
  (): string => `useradd --system --home-dir /var/vmail --create-home --shell /usr/sbin/nologin vmail
chgrp _rspamd ${DKIM_KEY}
chgrp dovecot /etc/dovecot/users
systemctl --quiet enable postfix dovecot rspamd nginx
`;

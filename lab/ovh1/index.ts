/** ovh1, OVH's side of the lab: name servers of the customers' zones, and the backup storage of their servers. */
import type { LabFiles } from "../identity";
import { GATEWAY, ipv4, ipv6, OVH_NAMESERVERS } from "../plan";
import { firstZones } from "./zones";

const DATABASE = "/var/lib/powerdns/zones.sqlite3";
const zoneFile = (zone: string): string => `/etc/powerdns/zones/${zone}`;
/** Where the backup storages are, each below the name of its server. */
export const STORAGE = "/srv/backup";
/** Rules of who may reach the storage; written by the API's world. */
export const STORAGE_RULES = "/etc/nftables.d/storage.nft";
/** Which account of the storage may log in from where, access.conf(5); written by the API's world. */
export const STORAGE_ACCESS = "/etc/security/access.conf";

/** pdns.conf(5). Nothing is cached: what a refresh publishes is seen at once. */
const pdns = (): string => `launch=gsqlite3
gsqlite3-database=${DATABASE}
gsqlite3-dnssec=yes
local-address=${Object.values(OVH_NAMESERVERS)
  .flatMap((number) => [ipv4(number), ipv6(number)])
  .join(", ")}
cache-ttl=0
query-cache-ttl=0
negquery-cache-ttl=0
zone-cache-refresh-interval=0
disable-axfr=yes
version-string=anonymous
`;

/** Accounts of the storage see their own directory alone; the operator of the lab keeps his shell. */
const sshd = (): string => `Match Group storage
    PasswordAuthentication yes
    ChrootDirectory ${STORAGE}/%u
    ForceCommand internal-sftp -d /data
    AllowTcpForwarding no
    X11Forwarding no
`;

/** SSH for the lab alone; the storage's addresses come in between. */
export const storageRules = (blocks: string[]): string => {
  const set = (family: "ipv4" | "ipv6", wanted: string[]): string =>
    `  set allowed_${family} {\n    type ${family}_addr\n    flags interval\n${
      wanted.length > 0 ? `    elements = { ${wanted.join(", ")} }\n` : ""
    }  }\n`;
  return `table inet storage
delete table inet storage
table inet storage {
${set(
  "ipv4",
  blocks.filter((block) => !block.includes(":")),
)}${set(
  "ipv6",
  blocks.filter((block) => block.includes(":")),
)}  chain input {
    type filter hook input priority filter; policy accept;
    ct state established,related accept
    tcp dport 22 ip saddr { 127.0.0.0/8, ${ipv4(GATEWAY)} } accept
    tcp dport 22 ip6 saddr { ::1, ${ipv6(GATEWAY)} } accept
    tcp dport 22 ip saddr @allowed_ipv4 accept
    tcp dport 22 ip6 saddr @allowed_ipv6 accept
    tcp dport 22 reject with tcp reset
  }
}
`;
};

/** Who logs in to which storage from where; the lab's operator from anywhere. */
export const storageAccess = (accesses: { account: string; ipBlock: string }[]): string =>
  [
    "+:root:ALL",
    ...accesses.map(({ account, ipBlock }) => `+:${account}:${ipBlock.replace(/\/(32|128)$/, "")}`),
    "-:(storage):ALL",
    "+:ALL:ALL",
    "",
  ].join("\n");

/** Units come back after a crash within a moment. */
const RESTART = "[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=200ms\n";

/** Files of ovh1. */
export const ovhFiles = (): LabFiles => ({
  "/etc/powerdns/pdns.d/lab.conf": { content: pdns() },
  "/etc/ssh/sshd_config.d/storage.conf": { content: sshd() },
  "/etc/systemd/system/pdns.service.d/lab.conf": { content: RESTART },
  "/etc/nftables.conf": { content: '#!/usr/sbin/nft -f\ninclude "/etc/nftables.d/*.nft"\n', mode: 0o755 },
  [STORAGE_RULES]: { content: storageRules([]) },
  [STORAGE_ACCESS]: { content: storageAccess([]) },
  ...Object.fromEntries(Object.entries(firstZones()).map(([zone, content]) => [zoneFile(zone), { content }])),
});

/** Shell lines run once in a new ovh1 before it boots. */
export const ovhSetup = (): string => `groupadd --system storage
mkdir -p ${STORAGE}
rm -f /etc/powerdns/pdns.d/bind.conf
sqlite3 ${DATABASE} < /usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql
${Object.keys(firstZones())
  .map((zone) => `pdnsutil load-zone ${zone} ${zoneFile(zone)} >/dev/null\n`)
  .join("")}chown pdns:pdns ${DATABASE}
sed -i 's/^# account  required     pam_access.so/account required pam_access.so/' /etc/pam.d/sshd
grep -q '^account required pam_access.so' /etc/pam.d/sshd
systemctl --quiet enable pdns nftables
`;

/** What ovh1 runs: PowerDNS, and OpenSSH's SFTP for the backup storage. */
export const OVH_PACKAGES = ["pdns-server", "pdns-backend-sqlite3", "sqlite3"];

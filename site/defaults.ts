/** Defaults that the site file and the roles share: each is said here, and nowhere else. */

const MIB = 1024 ** 2;

export const DEFAULTS = {
  /** Largest message in bytes, RFC 1870. */
  messageSizeLimit: 50 * MIB,
  /** Wait before the greeting, in seconds. */
  greetWait: 6,
  /** Recipients of one account. */
  rateLimit: { perHour: 200, burst: 50 },
  /** Time until undeliverable mail is returned, in hours; RFC 5321 section 4.5.4.1 advises at least 4 days. */
  queueLifetime: 120,
  /** The filter's scores: delay, mark as spam, refuse. */
  scores: { greylist: 4, addHeader: 6, reject: 15 },
  /** Storage of a mailbox in bytes. */
  quota: 1024 * MIB,
  /** Connections of one address at the mailstore, where somebody logged in lately. */
  bans: { connections: 500 },
  /** Renew certificates when fewer days than this are left. */
  renewBefore: 30,
  /** Minutes between backups. */
  backupEvery: 60,
  /** Snapshots that are kept. */
  keep: { daily: 7, weekly: 4, monthly: 12 },
} as const;

/** Bytes as the site file writes them: "50M". */
export function sizeText(bytes: number): string {
  for (const [unit, size] of [
    ["G", 1024 * MIB],
    ["M", MIB],
    ["K", 1024],
  ] as const)
    if (bytes % size === 0) return `${bytes / size}${unit}`;
  return String(bytes);
}

/** Seconds as the site file writes a duration: "1h", "5d". */
export function durationText(seconds: number): string {
  for (const [unit, size] of [
    ["d", 86400],
    ["h", 3600],
    ["m", 60],
  ] as const)
    if (seconds % size === 0) return `${seconds / size}${unit}`;
  return `${seconds}s`;
}

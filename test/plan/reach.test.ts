/** Settings of the site file reach the host: each stands in the file that it is for, and nowhere before it was set. */
import { rendered } from "./rendered";
import { SPREAD, siteOf } from "./sites";

const withLines = (lines: string): string => {
  const key = lines.split(":")[0] ?? "";
  const pattern = new RegExp(`^${key}:.*\\n(?: .*\\n)*`, "m");
  return pattern.test(SPREAD) ? SPREAD.replace(pattern, `${lines}\n`) : `${SPREAD}${lines}\n`;
};
const texts = (yaml: string): Map<string, string> =>
  new Map(
    rendered(siteOf(yaml)).roles.flatMap(({ id, files }) =>
      Object.entries(files).map(([path, text]) => [`${id} ${path}`, text] as const),
    ),
  );

const before = texts(SPREAD);

test.each([
  ["mx: { blockListThreshold: 5 }", "mx/main.cf", "postscreen_dnsbl_threshold = 5\n"],
  ["mx: { clientLimits: { connections: 17 } }", "mx/main.cf", "smtpd_client_connection_count_limit = 17\n"],
  ["mx: { clientLimits: { perMinute: 71 } }", "mx/main.cf", "smtpd_client_connection_rate_limit = 71\n"],
  ["submission: { loginsPerMinute: 23 }", "submission/main.cf", "smtpd_client_auth_rate_limit = 23\n"],
  ["filter: { workers: 5 }", "worker-proxy.inc", "count = 5;"],
  ["filter: { storeMemory: 1G }", "valkey", "maxmemory 1024mb\n"],
  ["mailstore: { connections: 4321 }", "services.conf", "process_limit = 4321\n"],
  ["backups: { minFree: 25 }", "backup", "free - size * 25 / 100"],
  ["system: { ntp: [ntp.example.org] }", "timesyncd", "NTP=ntp.example.org\n"],
  ["system: { journal: { size: 2G } }", "journald", "SystemMaxUse=2048M\n"],
  ["system: { journal: { days: 14 } }", "journald", "MaxRetentionSec=14day\n"],
])("%s", (lines, path, line) => {
  const after = texts(withLines(lines));
  const holding = (all: Map<string, string>) =>
    [...all].filter(([where, text]) => where.includes(path) && text.includes(line)).map(([where]) => where);
  expect(holding(before)).toEqual([]);
  expect(holding(after).length).toBeGreaterThan(0);
});

test("rspamd's public services are asked where they are wanted, and virus scans that failed let mail pass", () => {
  const after = texts(withLines("filter: { clamav: true, remoteServices: true, onScannerDown: accept }"));
  const names = (all: Map<string, string>) => [...all.keys()].filter((name) => name.endsWith("/fuzzy_check.conf"));
  expect(names(before).length).toBeGreaterThan(0);
  expect(names(after)).toEqual([]);
  const virus = [...after].find(([name]) => name.endsWith("postfleet-virus.lua"))?.[1];
  const refusing = [...texts(withLines("filter: { clamav: true }"))].find(([name]) =>
    name.endsWith("postfleet-virus.lua"),
  );
  expect(virus).not.toBe(refusing?.[1]);
});

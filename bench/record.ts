/** What the roles of a deployed host consist of, as the agent noted it there. */

/** A role as noted in /var/lib/postfleet/roles/<role>.json: hashes, never contents. */
export interface RoleRecord {
  role: string;
  packages: Record<string, string>;
  files: Record<string, { sha256: string; mode: string; owner: string; group: string }>;
  directories: Record<string, { mode: string; owner: string; group: string }>;
  links: Record<string, string>;
  users: Record<string, { home: string; shell: string }>;
  services: Record<string, { enabled: boolean; running: boolean; masked?: boolean }>;
}

/** Where the records are on a host. */
export const RECORDS = "/var/lib/postfleet/roles";

/** Everything that a host is made of, each thing once. */
export interface HostFacts {
  packages: string[];
  files: Record<string, string>;
  links: string[];
  directories: Record<string, { mode: string; owner: string; group: string }>;
  users: Record<string, { home: string; shell: string }>;
  services: Record<string, { enabled: boolean; running: boolean; masked?: boolean }>;
}

/** Sums up all roles of one host. */
export function factsOf(records: RoleRecord[]): HostFacts {
  const all = <K extends keyof RoleRecord>(key: K): RoleRecord[K] =>
    Object.assign({}, ...records.map((record) => record[key] ?? {})) as RoleRecord[K];
  const files = Object.entries(all("files")).map(([path, file]) => [path, file.sha256] as const);
  return {
    packages: Object.keys(all("packages")).sort(),
    files: Object.fromEntries(files.sort()),
    links: Object.keys(all("links")).sort(),
    directories: all("directories"),
    users: all("users"),
    services: all("services"),
  };
}

/** `13 packages, 24 files, 8 units` */
export function sizeOf(facts: HostFacts): string {
  const count = (things: object) => Object.keys(things).length;
  return `${facts.packages.length} packages, ${count(facts.files)} files, ${count(facts.services)} units`;
}

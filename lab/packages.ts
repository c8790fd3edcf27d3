/**
 * The package cache that all hosts share. Each host has a directory of its own for apt, since two running apt-get refuse to
 * share one; the files in it are hard links of those in the pool, so a package is downloaded and stored once.
 */
import { linkSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { CACHE_DIRECTORY } from "./plan";

const pool = (): string => join(CACHE_DIRECTORY, "packages", "pool");

function linkMissing(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  const present = new Set(readdirSync(to));
  for (const file of readdirSync(from)) {
    if (file.endsWith(".deb") && !present.has(file)) linkSync(join(from, file), join(to, file));
  }
}

/** What a host has downloaded goes to the pool. */
export const keepPackages = (directory: string): void => linkMissing(directory, pool());

/** The directory of a host for /var/cache/apt/archives, with everything that any host has downloaded so far. */
export function packageDirectory(name: string): string {
  const directory = join(CACHE_DIRECTORY, "packages", name);
  mkdirSync(join(directory, "partial"), { recursive: true });
  keepPackages(directory);
  linkMissing(pool(), directory);
  return directory;
}

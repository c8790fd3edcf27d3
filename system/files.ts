/** Files that are whole or not there. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Writes a file by rename, so that a reader never sees half of it. */
export function writeAtomically(path: string, content: string, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.new`;
  rmSync(temporary, { force: true });
  writeFileSync(temporary, content, { mode });
  renameSync(temporary, path);
}

/** A JSON file, or undefined when it is not there or broken. */
export function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch {
    return undefined;
  }
}

/** Makes a file once with `make` and returns its content ever after. */
export async function once(path: string, mode: number, make: () => Promise<string> | string): Promise<string> {
  if (!existsSync(path)) writeAtomically(path, await make(), mode);
  return readFileSync(path, "utf8");
}

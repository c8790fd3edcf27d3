/** Files of the project that no compiler touches: programs in other languages, read from beside the sources. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * The place of such a file or folder.
 * @param path from the project's root, e.g. `provider/host/agent`
 * @throws where it is in none of the directories above this module, which runs from dist/ or from the sources
 */
export function sourcePath(path: string): string {
  for (let directory = __dirname; ; directory = dirname(directory)) {
    const found = join(directory, path);
    if (existsSync(found)) return found;
    if (directory === dirname(directory))
      throw new Error(`${path} is not found above ${__dirname}. Hint: dist/ needs the sources beside it`);
  }
}

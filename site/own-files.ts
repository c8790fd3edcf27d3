/** Files that lie beside the site file and belong on a host as they are. */
import { isUtf8 } from "node:buffer";
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { NOT_SHOWN, type Path, type Problems } from "./problems";
import type { SiteDraft } from "./schema/site";
import type { OwnFileSpec } from "./types";

/** Larger ones are no configuration: the content travels through the state of the stack. */
const MOST_BYTES = 256 * 1024;

/** The files of every host by their paths there, by name of the host; what cannot be read is a problem. */
export function ownFiles(
  draft: SiteDraft,
  directory: string,
  problems: Problems,
): Map<string, Record<string, OwnFileSpec>> {
  return new Map(
    (draft.hosts ?? []).map(({ key: host, value: { files } }) => [
      host,
      Object.fromEntries(
        files.flatMap(({ key: path, at, value: { from, mode } }) => {
          if (from === undefined) return [];
          const content = contentOf(resolve(directory, from), [...at, "from"], problems);
          return content === undefined ? [] : [[path, { content, mode }]];
        }),
      ),
    ]),
  );
}

function contentOf(file: string, at: Path, problems: Problems): string | undefined {
  const allowed = `a text file of at most ${MOST_BYTES / 1024} KiB, relative to the site file`;
  const refuse = (message: string, hint: string, given?: string) =>
    void problems.add(at, { message, allowed, hint, ...(given !== undefined && { given }) });
  try {
    const about = statSync(file);
    if (!about.isFile()) return refuse("this is no regular file", "name a file");
    if (about.size > MOST_BYTES) return refuse(`the file has ${about.size} bytes`, "put it onto the host by a package");
    const data = readFileSync(file);
    if (!isUtf8(data)) return refuse("the file is no text in UTF-8", "put it onto the host by a package");
    const content = data.toString("utf8");
    if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY/.test(content))
      return refuse("a private key is in this file", "contents of such files are shown in previews", NOT_SHOWN);
    return content;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return refuse(`the file cannot be read: ${code}`, "put it there, or correct the path");
  }
}

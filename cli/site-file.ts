/** A site file for commands that want a valid one. */
import { readSite } from "../plan";
import type { SiteSpec } from "../site";
import { UserError } from "../system/errors";
import { report } from "./validate";

/** The site of a file. Throws with all problems, and the exit status of the command, when it is no valid one. */
export function siteOf(file: string, status: number): SiteSpec {
  const reading = readSite(file);
  if (reading.site !== undefined) return reading.site;
  const { text } = report(file, reading, { json: false, colour: false });
  throw new UserError(`${file} is not a valid site file\n\n${text}`, `postfleet validate ${file}`, status);
}

/** The outputs of `postfleet:host:Role`; its inputs are in provider/manifest.ts, with all that a role wants of a host. */
import type { Undeclared } from "../host";
import type { FileSpec, MapName, RoleInputs } from "../manifest";

/** Missing entries by map and name. */
export type Absent = Partial<Record<MapName, Record<string, unknown>>>;

/** A file without its content, which is in the inputs. */
type BareFiles = Record<string, Omit<FileSpec, "content">>;

/** The inputs without the contents of files, and what the last observation said of the host. */
export interface RoleOutputs extends Omit<RoleInputs, "files" | "secretFiles"> {
  files: BareFiles;
  secretFiles: BareFiles;
  /** Property paths changed on the host, not by Postfleet. */
  drifted?: string[];
  /** What was gone from the host: still looked for, or a file that comes back after a failed update would seem new. */
  absent?: Absent;
  /** What nobody declared on the host; of the role that stands on every host. */
  undeclared?: Undeclared[];
  /** Why the host could not be asked. */
  unreachable?: string;
}

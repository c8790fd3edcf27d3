/** What the filter wants of its host: rspamd and its store, and the scanner where it is wanted. */
import { CLAMAV_DATABASE, type FilterArgs, filterSettings } from "./args";
import { clamavParts, filterParts } from "./parts";
import { teachingParts } from "./teaching";

export function filterManifestParts(args: FilterArgs) {
  const s = filterSettings(args);
  const base = withTeaching(filterParts(s), teachingParts(s));
  if (!s.clamav) return base;
  const scanner = clamavParts(s);
  return {
    directories: { ...base.directories, ...scanner.directories },
    files: { ...base.files, ...scanner.files },
    // The filter last: it may be restarted there, which nothing that fails afterwards would undo.
    prepare: [...scanner.prepare, ...base.prepare],
    validate: [...base.validate, ...scanner.validate],
    // The scanner first: the filter asks it about the first message.
    services: { ...scanner.services, ...base.services },
    health: [...base.health, ...scanner.health],
    keep: [CLAMAV_DATABASE],
  };
}

/** The gate comes up after rspamd, which it turns to; what may restart rspamd stays last in `prepare`. */
const withTeaching = (base: ReturnType<typeof filterParts>, gate: ReturnType<typeof teachingParts>) => ({
  ...base,
  directories: { ...base.directories, ...gate.directories },
  files: { ...base.files, ...gate.files },
  prepare: [...gate.prepare, ...base.prepare],
  services: { ...base.services, ...gate.services },
});

/**
 * The site specification: one YAML file -> {@link SiteSpec}, typed, with all defaults, or all its errors at once.
 *
 * yaml/ gives every value its place, schema/ says what may stand in the file, checks/ what must hold between its values.
 */
export type { Check, Checked } from "./checks/checked";
export { DEFAULTS, durationText } from "./defaults";
export * from "./facts";
export { type Knowledge, loadSite, readSite, type SiteReading } from "./load";
export { type Complaint, count, formatProblem, type Path, type Problem, SiteFileError, several } from "./problems";
export { type RoleRule, type ServiceName, serviceNamesOf } from "./roles";
export * from "./types";

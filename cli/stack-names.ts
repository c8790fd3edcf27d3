/** How stacks are named, to us and to Pulumi. */
import { UserError } from "../system/errors";

/** Name of the lab's stack. */
export const LAB_STACK = "lab";
/** Name of the stack that stands on OVH's side of the lab. */
export const OVH_LAB_STACK = "ovh-lab";

/** What Pulumi takes for a stack: `prod`, `owner/prod` or `owner/project/prod`. */
const REFERENCE = /^([\w-][\w.-]{0,99}\/){0,2}[\w-][\w.-]{0,99}$/;

/**
 * The stack's own name, by which its files are called, of a reference as Pulumi takes it.
 * @example `prod` of `owner/project/prod`
 */
export const stackName = (reference: string): string => reference.slice(reference.lastIndexOf("/") + 1);

/** Owner and project of a reference, where it says so. */
function partsOf(reference: string): { name: string; owner?: string; project?: string } {
  const [name = "", ...before] = reference.split("/").reverse();
  const [owner, project] = before.reverse();
  return { name, ...(owner === undefined ? {} : { owner }), ...(project === undefined ? {} : { project }) };
}

/** Whether two references may mean one stack. A backend leaves out owner and project where they are the usual ones. */
export function sameStack(a: string, b: string): boolean {
  const [one, other] = [partsOf(a), partsOf(b)];
  const agree = (left?: string, right?: string) => left === undefined || right === undefined || left === right;
  return one.name === other.name && agree(one.owner, other.owner) && agree(one.project, other.project);
}

/** Whether a reference means one of the lab's stacks: they are in a file backend, where everything is `organization`'s. */
export function isLabStack(reference: string): boolean {
  const { name, owner } = partsOf(reference);
  return [LAB_STACK, OVH_LAB_STACK].includes(name) && (owner === undefined || owner === "organization");
}

/** A reference that has the form of one, or an error that says which forms there are. */
export function stackReference(given: string): string {
  if (REFERENCE.test(given)) return given;
  throw new UserError(
    `${JSON.stringify(given)} is not the name of a stack`,
    "allowed are prod, owner/prod and owner/project/prod, of letters, digits, hyphens, underscores and dots",
    2,
  );
}

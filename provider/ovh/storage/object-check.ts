/** Object storage as it is declared. */
import type { CheckFailure } from "../../handler";
import { hasUnknown, isMap, type Preview, UNKNOWN } from "../../values";
import type { ObjectLock, ObjectStorageInputs } from "./contract";
import { duration, sameDuration } from "./duration";
import { expectations } from "./expect";

const MODES: string[] = ["governance", "compliance"];

export function lockOf({ objectLock }: Partial<Preview<ObjectStorageInputs>>): ObjectLock | undefined {
  return isMap(objectLock) ? (objectLock as ObjectLock) : undefined;
}

export function sameLock(a: ObjectLock | undefined, b: ObjectLock | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.mode === b.mode && (a.period === b.period || sameDuration(a.period, b.period));
}

/** Whether what is wanted may turn out to be this lock: what a preview does not know yet may be anything. */
export function mayBeLock(has: ObjectLock | undefined, news: Partial<Preview<ObjectStorageInputs>>): boolean {
  if (news.objectLock === UNKNOWN) return true;
  const wants = lockOf(news);
  if (!has || !wants) return has === wants;
  const mode = hasUnknown(wants.mode) ? has.mode : wants.mode;
  return sameLock(has, { mode, period: hasUnknown(wants.period) ? has.period : wants.period });
}

/** A lock in words. */
export function lockText(lock: ObjectLock | undefined): string {
  if (!lock) return "none";
  const [mode, period] = [lock.mode, lock.period].map((value) => (hasUnknown(value) ? "(not known yet)" : value));
  return `${mode} for ${period}`;
}

/** Everything that is wrong with a declaration. */
export function checkStorage(news: Preview<ObjectStorageInputs>): CheckFailure[] {
  const { failures, expect } = expectations();
  const { project, region, container, versioning, objectLock } = news;
  expect("project", project, /^\w+$/.test(String(project)), "the id of a Public Cloud project, 32 hexadecimal digits");
  expect("region", region, /^[\w-]+$/.test(String(region)), 'a region of the project, as "GRA"');
  // The name becomes a host name; dots would break its certificate.
  const name = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;
  expect("container", container, name.test(String(container)), "3 to 63 lower-case letters, digits and hyphens");
  if (objectLock === undefined || objectLock === UNKNOWN) return failures;
  const { mode, period } = lockOf(news) ?? { mode: "", period: "" };
  expect("objectLock.mode", mode, MODES.includes(mode), MODES.join(" or "));
  const length = duration(period);
  const some = length !== undefined && length.months + length.seconds > 0;
  expect("objectLock.period", period, some, 'a duration as "P30D" (ISO 8601)');
  if (versioning === false) failures.push({ property: "versioning", reason: "is false; a lock needs versions" });
  return failures;
}

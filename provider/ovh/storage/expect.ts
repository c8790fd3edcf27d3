/** What is wrong with a declaration, value by value. */
import type { CheckFailure } from "../../handler";
import { UNKNOWN } from "../../values";

/** Collects failures: `expect` notes a value that is not good. One that is not known yet may still be. */
export function expectations() {
  const failures: CheckFailure[] = [];
  const expect = (property: string, value: unknown, good: boolean, wanted: string): void => {
    if (value === UNKNOWN || good) return;
    failures.push({ property, reason: `is ${JSON.stringify(value)}; wanted is ${wanted}` });
  };
  return { failures, expect };
}

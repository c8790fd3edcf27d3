/** Twins in what the engine is told: the second waits for the first, by name. */
import { SPREAD } from "../../plan/sites";
import { declareSite, type Registered } from "./mocks";

let list: Registered[];
beforeAll(async () => {
  list = await declareSite(SPREAD);
});

const waitsFor = (name: string) =>
  list.find((each) => each.name === name && each.type.startsWith("postfleet:mail:"))?.dependencies ?? [];

test("the second MX waits until the first is applied and healthy", () => {
  expect(waitsFor("mx-mx2")).toContain("mx-mx1");
  expect(waitsFor("mx-mx1")).not.toContain("mx-mx2");
});

test("so do filters and backup targets; the base of hosts is changed at once", () => {
  expect(waitsFor("filter-mx2")).toContain("filter-mx1");
  expect(waitsFor("backup-back2")).toContain("backup-back1");
  expect(waitsFor("host-mx2")).toEqual([]);
});

/** Who waits for whom. */
import type { Plan } from "../../plan";
import { planOf, SPREAD, stack } from "./sites";

const waitedFor = ({ edges }: Plan, id: string) => edges.filter(({ to }) => to === id).map(({ from }) => from);

describe("a site with twins", () => {
  const plan = planOf(SPREAD);

  test("a role waits for the base of its host, and for what it needs wherever that is", () => {
    expect(waitedFor(plan, "relay-relay1")).toEqual(
      expect.arrayContaining(["host-relay1", "certificates-relay1", "mailstore-store1"]),
    );
    expect(waitedFor(plan, "relay-relay1")).not.toContain("host-store1");
  });

  test("twins come one after the other", () => {
    expect(waitedFor(plan, "mx-mx2")).toContain("mx-mx1");
    expect(waitedFor(plan, "mx-mx1")).not.toContain("mx-mx2");
    expect(waitedFor(plan, "filter-mx2")).toContain("filter-mx1");
    expect(waitedFor(plan, "backup-back2")).toContain("backup-back1");
    expect(plan.edges.find(({ from, to }) => from === "mx-mx1" && to === "mx-mx2")?.why).toContain(
      "one after the other",
    );
  });

  test("what nobody notices is changed on all hosts at once", () => {
    expect(waitedFor(plan, "host-mx2")).toEqual([]);
    expect(waitedFor(plan, "certificates-mx2")).not.toContain("certificates-mx1");
  });

  test("nobody waits for a twin that is lost", () => {
    expect(waitedFor(plan, "mailstore-store1")).not.toContain("mailstore-old1");
    expect(waitedFor(plan, "mailstore-old1")).not.toContain("mailstore-store1");
  });
});

test("three twins wait in a row, in the order of the site file", () => {
  const three = planOf(
    SPREAD.replace("  out1:", "  mx0: { address: 192.0.2.10, location: lille, roles: [mx] }\n  out1:"),
  );
  expect(waitedFor(three, "mx-mx2")).toContain("mx-mx1");
  expect(waitedFor(three, "mx-mx0")).toContain("mx-mx2");
  expect(waitedFor(three, "mx-mx0")).not.toContain("mx-mx1");
});

test("zones that others serve stand in the place of our name servers", () => {
  const plan = planOf(stack("ovh.example"));
  expect(waitedFor(plan, "filter-mail1")).toEqual(
    expect.arrayContaining(["zone campus.example", "zone campus-lists.example"]),
  );
  expect(waitedFor(plan, "host-mail1")).toEqual([]);
});

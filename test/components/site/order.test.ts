/** Who is waited for must be made before: a plan in another order is refused, and no edge is dropped. */
import type { planned as plannedOf } from "../../../plan";
import { SPREAD } from "../../plan/sites";
import { declareSite } from "./mocks";

type Planned = ReturnType<typeof plannedOf>;
const mockChange = { deployments: (all: Planned["deployments"]) => all };

jest.mock("../../../plan", () => {
  const real = jest.requireActual("../../../plan");
  const planned: typeof plannedOf = (site) => {
    const { plan, deployments } = real.planned(site) as Planned;
    return { plan, deployments: mockChange.deployments(deployments) };
  };
  return { ...real, planned };
});

test("in the order of the plan everything is there", async () => {
  mockChange.deployments = (all) => all;
  expect((await declareSite(SPREAD)).map(({ name }) => name)).toContain("mx-mx2");
});

test("whoever would wait for something that is not there yet is named", async () => {
  mockChange.deployments = (all) => [...all].reverse();
  await expect(declareSite(SPREAD)).rejects.toThrow(
    /backup-client-\S+ waits for host-\S+ \(the base of its host\), which is not made yet/,
  );
});

test("nor does one come before its twin", async () => {
  const index = (all: Planned["deployments"], id: string) => all.findIndex(({ instance }) => instance.id === id);
  mockChange.deployments = (all) => {
    const turned = [...all];
    const [first, second] = [index(all, "mx-mx1"), index(all, "mx-mx2")];
    [turned[first], turned[second]] = [all[second] as (typeof all)[number], all[first] as (typeof all)[number]];
    return turned;
  };
  await expect(declareSite(SPREAD)).rejects.toThrow("mx-mx2 waits for mx-mx1");
});

import { NEEDS, type PlatformRole, rolloutOrder } from "../../components/rollout";

describe("rollout", () => {
  const order = rolloutOrder();

  test("each role comes once, after everything it needs; the base role is first", () => {
    expect([...order].sort()).toEqual(Object.keys(NEEDS).sort());
    expect(order[0]).toBe("host");
    for (const role of order) {
      for (const need of NEEDS[role])
        expect(`${role} after ${order.indexOf(need) < order.indexOf(role) && need}`).toBe(`${role} after ${need}`);
    }
  });

  test("the edge opens after the way in to the mailboxes stands", () => {
    expect(order.filter((role) => ["mx", "relay", "mailstore", "certificates"].includes(role))).toEqual([
      "certificates",
      "mailstore",
      "relay",
      "mx",
    ]);
  });

  test("roles that need each other in a circle are refused, and named", () => {
    const circle: Record<PlatformRole, readonly PlatformRole[]> = { ...NEEDS, mailstore: ["mx"] };
    expect(() => rolloutOrder(circle)).toThrow("mailstore -> mx -> relay -> mailstore");
  });
});

/** Which roles stand on a host, and in which order they come up. */
import { ORDER, rolesOn, rolloutOrder } from "../../plan/placement";
import { REGISTRY } from "../../roles";
import { SPREAD, siteOf, stack } from "./sites";

const names = ORDER.map(({ name }) => name);

describe("the order of roles", () => {
  test("each role comes once, after everything it needs; the base role is first", () => {
    expect([...names].sort()).toEqual(REGISTRY.map(({ name }) => name).sort());
    expect(names[0]).toBe("host");
    for (const { name, needs } of ORDER) {
      for (const { role: need } of needs)
        expect(`${name} after ${names.indexOf(need) < names.indexOf(name) && need}`).toBe(`${name} after ${need}`);
    }
  });

  test("the base role is first, wherever the registry has it", () => {
    for (const roles of [[...REGISTRY].reverse(), [...REGISTRY.slice(1), ...REGISTRY.slice(0, 1)]]) {
      const order = rolloutOrder(roles).map(({ name }) => name);
      expect(order[0]).toBe("host");
      expect([...order].sort()).toEqual([...names].sort());
    }
  });

  test("the base role cannot need one that stands on it", () => {
    const circle = REGISTRY.map(({ name, needs }) => ({
      name,
      needs: name === "host" ? [{ role: "certificates" as const }] : needs,
    }));
    expect(() => rolloutOrder(circle)).toThrow("host -> certificates -> host");
  });

  test("the edge opens after the way in to the mailboxes stands", () => {
    expect(names.filter((role) => ["mx", "relay", "mailstore", "certificates"].includes(role))).toEqual([
      "certificates",
      "mailstore",
      "relay",
      "mx",
    ]);
  });

  test("roles that need each other in a circle are refused, and named", () => {
    const circle = REGISTRY.map(({ name, needs }) => ({
      name,
      needs: name === "mailstore" ? [{ role: "mx" as const }] : needs,
    }));
    expect(() => rolloutOrder(circle)).toThrow("mailstore -> mx -> relay -> mailstore");
  });
});

describe("roles that no site file names", () => {
  const on = (yaml: string, host: string) => {
    const site = siteOf(yaml);
    return site.hosts.filter(({ name }) => name === host).flatMap((one) => rolesOn(site, one).map(({ name }) => name));
  };

  test("the base is everywhere, certificates where something serves TLS, the filter where mail comes in", () => {
    expect(on(SPREAD, "mx1")).toEqual(["host", "link", "certificates", "filter", "mx", "backup-client"]);
    expect(on(SPREAD, "back1")).toEqual(["host", "backup"]);
  });

  test("a host with something precious has a backup client, if there are backups at all", () => {
    expect(on(SPREAD, "store1")).toContain("backup-client");
    expect(on(SPREAD.replace("backups: {}\n", ""), "store1")).not.toContain("backup-client");
    expect(on(stack("lab"), "back1")).not.toContain("backup-client");
  });
});

/** Packages ahead against what the roles of the lab's site really declare, under mocks. */
import { plan } from "../../plan";
import type { RoleInputs } from "../../provider/manifest";
import { REGISTRY } from "../../roles";
import { SPREAD, siteOf } from "../plan/sites";
import { declareSite, LAB_YAML, rolesIn } from "./site/mocks";

jest.setTimeout(60_000);

const SITES = { lab: LAB_YAML, spread: SPREAD };

test("these sites have every role", () => {
  const placed = new Set<string>(
    Object.values(SITES).flatMap((yaml) => plan(siteOf(yaml)).instances.map(({ role }) => role)),
  );
  expect([...placed].sort()).toEqual(REGISTRY.map(({ name }) => name).sort());
});

describe.each(Object.entries(SITES))("packages ahead on the site %s", (_name, yaml) => {
  let roles: Map<string, RoleInputs>;
  beforeAll(async () => {
    roles = rolesIn(await declareSite(yaml));
  });

  test("the plan says of each role on each host what its manifest says", () => {
    const { instances } = plan(siteOf(yaml));
    expect(instances.filter(({ packages }) => packages.length === 0)).toEqual([]);
    const planned = instances.map(({ id, packages }) => [id, [...packages].sort()]);
    const declared = [...roles].map(([id, { packages }]) => [id, Object.keys(packages).sort()]);
    expect(Object.fromEntries(planned)).toEqual(Object.fromEntries(declared));
  });

  test("the base role of a host installs all that its other roles want, and nothing else", () => {
    for (const host of new Set([...roles.values()].map((role) => role.host.name))) {
      const others = [...roles.values()].filter((each) => each.host.name === host && each.role !== "host");
      const wanted = new Set(others.flatMap((each) => Object.keys(each.packages)));
      expect(roles.get(`host-${host}`)?.packagesAhead).toEqual([...wanted].sort());
    }
  });
});

describe("packages that settings decide about", () => {
  test("a smarthost follows the policies of other domains, so the relay does not", async () => {
    const behind = rolesIn(await declareSite(`${LAB_YAML}relay: { smarthost: "[smtp.provider.example]:587" }\n`));
    for (const role of ["host-mail1", "relay-mail1"]) {
      const { packages = {}, packagesAhead = [] } = behind.get(role) ?? {};
      expect([...Object.keys(packages), ...packagesAhead]).not.toContain("postfix-mta-sts-resolver");
    }
    expect(behind.get("relay-mail1")?.files["/etc/postfix-relay/main.cf"]?.content).not.toContain("socketmap");
  });

  test("without ACME nobody needs its client", async () => {
    const yaml = LAB_YAML.replace(/certificates:\n( {2}.*\n)+/, "");
    const plain = rolesIn(await declareSite(yaml));
    expect(plain.get("host-mail1")?.packagesAhead).not.toContain("lego");
    expect(plain.get("certificates-mail1")?.packages).not.toHaveProperty("lego");
  });
});

/** Packages ahead against what the roles of the lab's site really declare, under mocks. */
import type { RoleInputs } from "../../provider/manifest";
import { declareSite, LAB_YAML, rolesIn } from "./site/mocks";

describe("packages ahead", () => {
  let roles: Map<string, RoleInputs>;
  beforeAll(async () => {
    roles = rolesIn(await declareSite(LAB_YAML));
  });

  test("the base role of a host installs all that its other roles want, and nothing else", () => {
    for (const host of ["mail1", "back1"]) {
      const others = [...roles.values()].filter((each) => each.host.name === host && each.role !== "host");
      const wanted = new Set(others.flatMap((each) => Object.keys(each.packages)));
      expect(roles.get(`host-${host}`)?.packagesAhead).toEqual([...wanted].sort());
    }
  });

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

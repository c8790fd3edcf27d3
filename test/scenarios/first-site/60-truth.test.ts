/** A plain preview tells what somebody changed on the hosts, exactly; an update mends exactly that. */
import { ok, on, pulumi } from "../support/lab";

test("nothing was changed, so the preview says no change", async () => {
  const { status, output } = await pulumi(["preview", "--expect-no-changes"]);
  expect(output).toMatch(/^ +\d+ unchanged$/m);
  expect(output).not.toMatch(/to (create|update|delete|replace)/);
  expect(status).toBe(0);
});

describe("somebody edits a line, stops a service and removes a package", () => {
  const MAIN = "/etc/postfix-mx/main.cf";

  beforeAll(async () => {
    await ok("mail1", `sed -i 's/^queue_run_delay = .*/queue_run_delay = 77s/' ${MAIN} && grep -q 77s ${MAIN}`);
    await ok("mail1", "systemctl stop rspamd.service");
    await ok("mail1", "DEBIAN_FRONTEND=noninteractive apt-get remove -y -q unattended-upgrades");
  }, 120_000);

  test("the preview shows exactly these three", async () => {
    const { output } = await pulumi(["preview"]);
    const shown = output.split("\n").map((line) => line.trim());
    expect(shown).toContain("- queue_run_delay = 77s");
    expect(shown).toContain("+ queue_run_delay = 60s");
    expect(shown).toContain("reloads postfix@mx.service");
    const changes = shown.filter((line) => line.includes("(changed on the host, not by Postfleet)")).sort();
    expect(changes).toHaveLength(3);
    expect(changes[0]).toMatch(/^\+ package unattended-upgrades/);
    expect(changes[1]).toMatch(/^~ \/etc\/postfix-mx\/main\.cf/);
    expect(changes[2]).toMatch(/^~ service rspamd\.service: running false -> true/);
    expect(output).toMatch(/3 to update/);
  }, 120_000);

  test("the update mends them, and the next preview is empty again", async () => {
    const up = await pulumi(["up", "--yes", "--skip-preview"]);
    expect(up.status).toBe(0);
    expect((await on("mail1", `grep 77s ${MAIN}`)).status).toBe(1);
    expect(await ok("mail1", "systemctl is-active rspamd.service")).toBe("active\n");
    expect(await ok("mail1", "dpkg-query -W -f '${Status}' unattended-upgrades")).toMatch(/install ok installed/);
    const { status } = await pulumi(["preview", "--expect-no-changes"]);
    expect(status).toBe(0);
  }, 300_000);
});

test("secrets are in no preview and not in the plain state", async () => {
  const { output } = await pulumi(["preview", "--diff"]);
  const { stdout } = await pulumi(["stack", "export"]);
  const keys = await ok("mail1", "cat /etc/postfleet/tls/*/privkey.pem /etc/rspamd/dkim/*.key");
  const secrets = keys.split("\n").filter((line) => line.length > 40 && !line.startsWith("-"));
  expect(secrets.length).toBeGreaterThan(2);
  for (const text of secrets) {
    expect(output).not.toContain(text);
    expect(stdout).not.toContain(text);
  }
});

/** The policy pack under the real engine: a violation stops a preview. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_ROOT } from "../../cli/paths";
import { describeWithEngine, Scratch } from "../engine/scratch";

jest.setTimeout(120_000);

const PACK = join(PROJECT_ROOT, "policies", "postfleet-policies");
const KEY = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5${"A".repeat(48)}`;

const remote = (hostKey: string) => `
new command.remote.Command("elsewhere", {
  create: "true", connection: { host: "192.0.2.1", privateKey: "none", hostKey: ${hostKey} },
});`;

/** A component has the type, the inputs and the outputs of a role, and needs no host. */
const role = (host: object, files: object) => {
  const args = JSON.stringify({ role: "mx", host, files });
  return `
new pulumi.ComponentResource("postfleet:host:Role", "mail1-mx", ${args}).registerOutputs(${args});`;
};

const file = (content: string) => ({ content, mode: "0644", owner: "root", group: "root" });

describeWithEngine("the policy pack", () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = new Scratch();
    await scratch.must("stack", "init", "test");
  });
  afterAll(() => scratch.remove());

  const preview = (body: string) => {
    scratch.program(body);
    return scratch.pulumi("preview", "--policy-pack", PACK);
  };

  test("a program that keeps to the rules passes", async () => {
    const good = role({ name: "mail1", hostKeys: [KEY] }, { "/etc/a": file("a = b\n") });
    const { status, stdout } = await preview(remote(JSON.stringify(KEY)) + good);
    expect({ status, stdout }).toMatchObject({ status: 0 });
    expect(stdout).toContain("postfleet@v");
  });

  test("violations of all kinds are reported in one preview, which fails", async () => {
    const files = {
      "/etc/postfix-mx/main.cf": file("mynetworks = 0.0.0.0/0\n"),
      "/etc/x": file("password = hunter2\n"),
      "/etc/postfleet/backup.d/mailstore": file("/var/vmail\n"),
    };
    const { status, stdout } = await preview(remote("undefined") + role({ name: "mail1", hostKeys: [] }, files));
    expect(status).not.toBe(0);
    for (const policy of ["no-plain-password", "host-key-pinned", "no-open-relay", "command-host-key-pinned"]) {
      expect(stdout).toContain(policy);
    }
    expect(stdout).toContain("mynetworks trusts 0.0.0.0/0");
    expect(stdout).toContain("/etc/x line 1");
  });

  test("a stack without backups fails", async () => {
    const data = { "/etc/postfleet/backup.d/mailstore": file("/var/vmail\n") };
    const { status, stdout } = await preview(role({ name: "mail1", hostKeys: [KEY] }, data));
    expect(status).not.toBe(0);
    expect(stdout).toContain("mail1 holds data (mx) and has no backup");
  });

  test("an update is stopped before the command runs, without a preview as well", async () => {
    const marker = join(scratch.directory, "it-ran");
    scratch.program(`
const once = new command.local.Command("once", { create: "touch ${marker}" });
${remote("undefined").replace('create: "true"', "create: once.stdout")}`);
    const { status, stdout } = await scratch.pulumi("up", "--yes", "--skip-preview", "--policy-pack", PACK);
    expect(status).not.toBe(0);
    expect(stdout).toContain("connection to 192.0.2.1 without hostKey accepts any server");
    // What keeps to the rules is not held up.
    expect(existsSync(marker)).toBe(true);
  });
});

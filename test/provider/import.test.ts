/** Importing a role with the real engine and the real provider, from a host that runs the real agent on a folder. */
import { HostPool } from "../../provider/host";
import { describeWithEngine, Scratch } from "../engine/scratch";
import { demo, FakeHost, operatorKey } from "./host/fake-host";

jest.setTimeout(180_000);

describeWithEngine("import with the engine", () => {
  let host: FakeHost;
  let scratch: Scratch;

  beforeAll(async () => {
    host = await new FakeHost("mail1").listen();
    const pool = new HostPool({ privateKey: operatorKey.private });
    await pool.apply(host.host, demo(), undefined);
    await pool.close();
    scratch = new Scratch({ provider: true });
    await scratch.must("stack", "init", "test");
  });
  afterAll(async () => {
    scratch.remove();
    await host.close();
  });

  /** A program with the provider and, where given, the role with these options. */
  function program(role?: string): void {
    const config = { sshPrivateKey: operatorKey.private, hosts: JSON.stringify({ mail1: host.host }) };
    scratch.program(`
      class Provider extends pulumi.ProviderResource {
        constructor() { super("postfleet", "postfleet", ${JSON.stringify(config)}); }
      }
      class Role extends pulumi.CustomResource {
        constructor(args, opts) { super("postfleet:host:Role", "demo", args, opts); }
      }
      const provider = new Provider();
      ${role ?? ""}`);
  }
  const args = (parts = {}) => JSON.stringify({ host: host.host, ...demo(parts) });

  test("pulumi import <host>/<role> takes a role into the state, and its secret file stays on the host", async () => {
    program();
    await scratch.must("up", "--yes", "--skip-preview");
    const urn = "urn:pulumi:test::scratch::pulumi:providers:postfleet::postfleet";
    const flags = ["--provider", `postfleet=${urn}`, "--yes", "--generate-code=false", "--protect=false"];
    const wrong = await scratch.pulumi("import", "postfleet:host:Role", "demo", "mail1/mx", ...flags);
    expect(wrong.status).not.toBe(0);
    expect(wrong.stdout + wrong.stderr).toContain("applied are demo");
    await scratch.must("import", "postfleet:host:Role", "demo", "mail1/demo", ...flags);
    expect(scratch.stateOnDisk()).toContain("/etc/demo/main.conf");
    expect(scratch.stateOnDisk()).not.toMatch(/hunter2|other content, SHA-256/);
    program(`new Role(${args()}, { provider });`);
    expect(await scratch.must("preview", "--expect-no-changes")).not.toContain("not by Postfleet");
  });

  test("the option import of a program: a role as it is on the host is imported, and nothing changed", async () => {
    await scratch.must("state", "delete", "urn:pulumi:test::scratch::postfleet:host:Role::demo", "--yes");
    program(`new Role(${args()}, { provider, import: "mail1/demo" });`);
    const before = host.systemctl().length;
    expect(await scratch.must("up", "--yes", "--skip-preview")).toMatch(/1 imported/);
    expect(host.systemctl()).toHaveLength(before);
    expect(await scratch.must("preview", "--expect-no-changes")).toContain("3 unchanged");
    expect(scratch.stateOnDisk()).not.toContain("hunter2"); // although the program says it in the open
  });
});

/** From bare hosts, one command brings up the whole site, and ends with a mail there and back. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { command, ok, POSTFLEET, ROOT } from "../support/lab";

beforeAll(async () => {
  const up = await command(POSTFLEET, ["lab", "up"], { timeout: 900 });
  expect(up.output).not.toMatch(/error/i);
  await command(POSTFLEET, ["lab", "reset", "mail1", "back1"], { timeout: 300 });
  // The hosts are new, so what an earlier run knew of them is void.
  rmSync(join(ROOT, ".lab/state"), { recursive: true, force: true });
  rmSync(join(ROOT, "stacks/Pulumi.lab.yaml"), { force: true });
}, 1_200_000);

test("the hosts are bare: no mail server, no web server, nothing of ours", async () => {
  const packages = await ok("mail1", "dpkg-query -W -f '${Package}\\n'");
  for (const name of ["postfix", "dovecot-core", "rspamd", "nginx", "unbound"]) {
    expect(packages.split("\n")).not.toContain(name);
  }
  expect(await ok("mail1", "ls -A /etc/postfleet /var/lib/postfleet 2>/dev/null; true")).toBe("");
});

test("`postfleet deploy` does it all", async () => {
  const { status, output } = await command(POSTFLEET, ["deploy", "--stack", "lab"], { timeout: 900 });
  expect(output).toMatch(/alice@example\.org found it in INBOX over IMAP: .*dmarc=pass/);
  expect(output).toMatch(/zoe@foreign\.example received the answer/);
  expect(status).toBe(0);
}, 900_000);

test("no unit has failed on any host", async () => {
  for (const host of ["mail1", "back1"]) {
    expect(await ok(host, "systemctl --failed --plain --no-legend")).toBe("");
  }
});

/** `pulumi destroy` takes our services and files off a host, and leaves the mail. */
import { ok, on, pulumi } from "../support/lab";

test("mail stays on the disk, the host is clean of our units and files", async () => {
  const before = await ok("mail1", "find /var/vmail -type f | sort");
  expect(before).toMatch(/example\.org\/alice\//);
  const { status, output } = await pulumi(["destroy", "--yes", "--skip-preview"], 900);
  expect(output).not.toMatch(/error:/);
  expect(status).toBe(0);
  expect(await ok("mail1", "find /var/vmail -type f | sort")).toBe(before);
  for (const host of ["mail1", "back1"]) {
    expect((await on(host, "grep -rl 'Owned by Postfleet' /etc /usr/local /lib/systemd 2>/dev/null")).stdout).toBe("");
    expect(
      (
        await on(
          host,
          "systemctl list-units --all --plain --no-legend 'postfleet*' 'postfix@*' 'dovecot*' 'rspamd*' 'pdns*'",
        )
      ).stdout,
    ).toBe("");
    expect((await on(host, "systemctl --failed --plain --no-legend")).stdout).not.toMatch(/postfix|dovecot|postfleet/);
  }
}, 900_000);

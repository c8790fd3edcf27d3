/** A mailbox's files are lost and come back from the backup at the other location. */
import { ok, on } from "../support/lab";
import { find, marker, received, submit } from "../support/mail";

test("deleted mail is restored from the backup", async () => {
  const subject = marker("precious");
  await submit({ from: "zoe@foreign.example", to: "carol@example.net", subject });
  await received("carol@example.net", subject);
  await ok("mail1", "systemctl start postfleet-backup.service", { timeout: 300 });

  await ok("mail1", "rm -r /var/vmail/example.net/carol");
  expect(await find("carol@example.net", subject)).toBeUndefined();

  await ok("mail1", "postfleet-restore /var/vmail/example.net/carol", { timeout: 300 });
  expect(await find("carol@example.net", subject)).toBeDefined();
}, 600_000);

test("a client cannot delete what it has backed up", async () => {
  const outcome = await on("mail1", "postfleet-restic forget --keep-last 1 --prune", { timeout: 300 });
  expect(outcome.status).not.toBe(0);
  expect(outcome.output).toMatch(/403|forbidden|denied/i);
}, 320_000);

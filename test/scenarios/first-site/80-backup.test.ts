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
  const restic = "env $(grep ^RESTIC_ /etc/postfleet/backup/back1.env) restic";
  const before = await ok("mail1", `${restic} snapshots --json`);
  const outcome = await on("mail1", `timeout 60 ${restic} forget latest`);
  expect(outcome.output).toMatch(/403 Forbidden/); // restic says so and exits with 0 all the same
  expect(await ok("mail1", `${restic} snapshots --json`)).toBe(before);
});

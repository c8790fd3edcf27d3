/** With ClamAV on, EICAR is refused; with ClamAV dead, mail waits at its sender and nothing slips through. */
import { ok, pulumi } from "../support/lab";
import { find, marker, swaks } from "../support/mail";
import { upWith } from "../support/site-file";

/** The test file of the European Institute for Computer Antivirus Research, and a signature of it: the lab has no other. */
const EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";
const SIGNATURE = `Eicar-Test-Signature:0:*:${Buffer.from(EICAR).toString("hex")}`;

const letter = (subject: string) =>
  swaks(
    `--server 10.66.0.11 --helo foreign1.foreign.example --from zoe@foreign.example --to alice@example.org --header 'Subject: ${subject}' --attach-type application/octet-stream --attach-name eicar.com --attach-body @/dev/stdin`,
    EICAR,
  );

beforeAll(async () => {
  const { status, output } = await upWith(`filter: { clamav: true, signatures: ["${SIGNATURE}"] }`);
  expect(output).not.toMatch(/error:/);
  expect(status).toBe(0);
}, 400_000);

afterAll(async () => {
  expect((await pulumi(["up", "--yes", "--skip-preview"])).status).toBe(0);
}, 400_000);

test("EICAR is refused, and does not arrive", async () => {
  const subject = marker("virus");
  const { output } = await letter(subject);
  expect(output).toMatch(/^<\*\* 5\d\d /m);
  expect(await find("alice@example.org", subject)).toBeUndefined();
});

test("without a scanner mail is put off, not let through", async () => {
  await ok("mail1", "systemctl stop clamav-daemon.socket clamav-daemon.service");
  const { output } = await letter(marker("unscanned"));
  expect(output).toMatch(/^<\*\* 4\d\d /m);
});

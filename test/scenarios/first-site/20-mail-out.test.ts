/** Mail from an account of the site is accepted from its owner only, signed, and believed by the foreign provider. */
import { header, imap, marker, received, submit } from "../support/mail";

test("the foreign provider sees both DKIM signatures, SPF and DMARC pass", async () => {
  const subject = marker("from alice");
  await submit({ from: "alice@example.org", to: "zoe@foreign.example", subject });
  const source = await received("zoe@foreign.example", subject);
  const results = header(source, "Authentication-Results").join(" ");
  expect(results).toMatch(/spf=pass/);
  expect(results).toMatch(/dmarc=pass/);
  expect(results.match(/dkim=pass/g) ?? []).toHaveLength(2);
  const algorithms = header(source, "DKIM-Signature").map((signature) => /a=([a-z0-9-]+)/.exec(signature)?.[1]);
  expect(algorithms.sort()).toEqual(["ed25519-sha256", "rsa-sha256"]);
});

test("what tells where the sender sits is removed", async () => {
  const subject = marker("private");
  await submit({
    from: "alice@example.org",
    to: "zoe@foreign.example",
    subject,
    headers: { "X-Originating-IP": "10.66.0.1", "User-Agent": "Tell-tale 1.0", "X-Mailer": "Tell-tale" },
  });
  const source = await received("zoe@foreign.example", subject);
  expect(source).not.toMatch(/Tell-tale/);
  expect(source).not.toMatch(/10\.66\.0\.1\b/);
});

test("nobody sends as somebody else", async () => {
  await expect(
    submit({ from: "bob@example.org", to: "zoe@foreign.example", subject: "not bob" }, "alice@example.org"),
  ).rejects.toThrow(/553 5\.7\.1/);
});

test("an answer finds its way back", async () => {
  const [question, answer] = [marker("question"), marker("answer")];
  await submit({ from: "zoe@foreign.example", to: "alice@example.org", subject: question });
  await received("alice@example.org", question);
  await submit({ from: "alice@example.org", to: "zoe@foreign.example", subject: answer });
  await received("zoe@foreign.example", answer);
});

test("an unknown recipient of our own is refused while the sender is still there", async () => {
  await expect(submit({ from: "alice@example.org", to: "nobody@example.org", subject: "to nobody" })).rejects.toThrow(
    /550 5\.1\.1/,
  );
});

test("the special folders are there", async () => {
  const folders = await imap("bob@example.org", async (client) =>
    (await client.list()).map(({ specialUse }) => specialUse),
  );
  for (const use of ["\\Drafts", "\\Sent", "\\Junk", "\\Trash", "\\Archive"]) expect(folders).toContain(use);
});

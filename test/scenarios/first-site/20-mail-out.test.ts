/** Mail from an account of the site is accepted from its owner only, signed, and believed by the foreign provider, whose servers are verified. */
import { eventually, ok } from "../support/lab";
import { find, header, imap, marker, received, submit } from "../support/mail";

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

describe("domains of the foreign provider that publish MTA-STS", () => {
  /** The queue of the relay: recipient -> id and why it waits. */
  const waiting = async (recipient: string): Promise<{ id: string; reason: string } | undefined> => {
    const lines = (await ok("mail1", "postqueue -c /etc/postfix-relay -j")).split("\n").filter(Boolean);
    const found = lines
      .map((line) => JSON.parse(line) as { queue_id: string; recipients: { address: string; delay_reason?: string }[] })
      .find(({ recipients }) => recipients[0]?.address === recipient);
    const reason = found?.recipients[0]?.delay_reason;
    return found && reason ? { id: found.queue_id, reason } : undefined;
  };
  const sent = async (domain: string): Promise<{ since: number; subject: string }> => {
    const [since, subject] = [Math.floor(Date.now() / 1000), marker(domain)];
    await submit({ from: "alice@example.org", to: `zoe@${domain}`, subject });
    return { since, subject };
  };
  const tlsLog = (since: number) =>
    ok("mail1", `journalctl -q -o cat --no-pager -t postfix-relay/smtp --since @${since} | grep 'TLS connection'`);

  test("a certificate that the policy names is verified, though there are no TLSA records", async () => {
    const { since, subject } = await sent("sts-good.example");
    await received("zoe@foreign.example", subject);
    // Without the policy it would be "Trusted": then nobody looks at the name in the certificate.
    expect(await tlsLog(since)).toMatch(/^Verified TLS connection established to foreign1\.foreign\.example/m);
  });

  test("mail waits where the policy names another server", async () => {
    const { subject } = await sent("sts-bad.example");
    const { id, reason } = await eventually("the letter waits", 60, () => waiting("zoe@sts-bad.example"));
    await ok("mail1", `postsuper -c /etc/postfix-relay -d ${id}`);
    expect(reason).toMatch(/Server certificate not verified/);
    expect(await find("zoe@foreign.example", subject)).toBeUndefined();
  });

  test("where there are TLSA records DANE decides, whatever the policy says", async () => {
    const { since, subject } = await sent("sts-dane.example");
    await received("zoe@foreign.example", subject);
    expect(await tlsLog(since)).toMatch(/^Verified TLS connection established to mx\.foreign\.example/m);
  });

  test("while nobody knows the policy mail waits, and goes out once it is known", async () => {
    await ok("mail1", "systemctl stop postfix-mta-sts-resolver");
    const { subject } = await sent("sts-good.example");
    const { id, reason } = await eventually("the letter waits", 60, () => waiting("zoe@sts-good.example")).finally(() =>
      ok("mail1", "systemctl start postfix-mta-sts-resolver"),
    );
    // Postfix's words for a policy that it could not look up.
    expect(reason).toMatch(/client TLS configuration problem/);
    await ok("mail1", `postqueue -c /etc/postfix-relay -i ${id}`);
    await received("zoe@foreign.example", subject);
  });
});

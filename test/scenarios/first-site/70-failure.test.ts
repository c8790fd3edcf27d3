/** What goes wrong on the way stops before harm, says what it was, and leaves a site that works. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, lab, ok, on, pulumi, ROOT } from "../support/lab";
import { marker, received, submit } from "../support/mail";
import { upWith } from "../support/site-file";

/** A letter goes in and is found. */
async function mailFlows(): Promise<void> {
  const subject = marker("still flowing");
  await submit({ from: "zoe@foreign.example", to: "alice@example.org", subject });
  await received("alice@example.org", subject);
}

/** Makes the compiled file of a role render something else, as an engineer's mistake would. */
async function withMistake<T>(file: string, from: string, to: string, use: () => Promise<T>): Promise<T> {
  const path = join(ROOT, "dist", file);
  const text = readFileSync(path, "utf8");
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
  try {
    return await use();
  } finally {
    writeFileSync(path, text);
  }
}

describe("an invalid setting: smtpd_tls_security_level = banana", () => {
  test("the update fails with the file, the setting and Postfix's own words", async () => {
    const before = await ok("mail1", "sha256sum /etc/postfix-mx/main.cf");
    const { status, output } = await withMistake(
      "roles/mx/main-cf.js",
      "smtpd_tls_security_level = may",
      "smtpd_tls_security_level = banana",
      () => pulumi(["up", "--yes", "--skip-preview"]),
    );
    expect(status).not.toBe(0);
    expect(output).toMatch(/Invalid TLS level "banana"/);
    expect(output).toMatch(/\/etc\/postfix-mx\/main\.cf/);
    expect(output).toMatch(/the old files and units are back/);
    expect(await ok("mail1", "sha256sum /etc/postfix-mx/main.cf")).toBe(before);
  }, 300_000);

  test("mail still flows", mailFlows);

  test("the next preview has nothing to do", async () => {
    expect((await pulumi(["preview", "--expect-no-changes"])).status).toBe(0);
  });
});

describe("the SSH connection is cut in the middle of an apply", () => {
  test("the apply goes on to its end, and the run learns of it", async () => {
    // sshd's session processes are killed as soon as the agent works on the mailstore.
    const cut = ok(
      "mail1",
      `systemd-run -q --unit=scenario-cut sh -c 'for i in $(seq 6000); do
         if grep -q "port 995" /etc/dovecot/postfleet/services.conf 2>/dev/null || grep -rqs pop3 /etc/dovecot/postfleet; then
           ps -eo pid=,comm= | awk "\\$2 ~ /^sshd-session/ {print \\$1}" | xargs -r kill -9; exit 0
         fi; sleep 0.05; done'`,
    );
    await cut;
    const { status, output } = await upWith("mailstore: { pop3: true }");
    expect(output).toMatch(/the connection was lost; the apply goes on/);
    expect(output).not.toMatch(/error:/);
    expect(status).toBe(0);
    expect(await ok("mail1", "ss -Hltn sport = :995 | wc -l")).toMatch(/^[12]\n$/);
  }, 300_000);

  test("the way back takes POP3 away again", async () => {
    const { status } = await pulumi(["up", "--yes", "--skip-preview"]);
    expect(status).toBe(0);
    expect(await ok("mail1", "ss -Hltn sport = :995 | wc -l")).toBe("0\n");
  }, 300_000);
});

describe("a host that does not answer", () => {
  beforeAll(() =>
    on(
      "back1",
      "systemd-run -q --on-active=20 --timer-property=AccuracySec=1s systemctl start ssh.service; systemctl stop ssh.service",
    ),
  );
  afterAll(
    () =>
      eventually("back1 answers again", 60, async () => ((await on("back1", "true")).status === 0 ? true : undefined)),
    90_000,
  );

  test("is named with its address and what to do", async () => {
    const { status, output } = await pulumi(["preview"]);
    expect(status).not.toBe(0);
    expect(output).toMatch(/back1.*10\.66\.0\.21:22/);
    expect(output).toMatch(/hosts\.back1\.lost: true/);
  }, 60_000);
});

test("a host that shows another key is refused, with both fingerprints", async () => {
  const file = (await lab()).knownHostsFile;
  const other = readFileSync(file, "utf8")
    .split("\n")
    .find((line) => line.startsWith("foreign1"))
    ?.split(" ")
    .slice(1, 3)
    .join(" ");
  const hosts = join(ROOT, "stacks/lab.known_hosts");
  const before = readFileSync(hosts, "utf8");
  const wrong = before.replace(/^(mail1\S*) .*$/m, `$1 ${other}`);
  expect(wrong).not.toBe(before);
  writeFileSync(hosts, wrong);
  try {
    const { status, output } = await pulumi(["up", "--yes", "--skip-preview"]);
    expect(status).not.toBe(0);
    expect(new Set(output.match(/SHA256:[A-Za-z0-9+/]{43}/g)).size).toBe(2);
  } finally {
    writeFileSync(hosts, before);
  }
}, 120_000);

test("two roles that claim one path are refused before anything changes", async () => {
  const { status, output } = await withMistake(
    "roles/relay/mta-sts.js",
    "/etc/mta-sts-daemon.yml",
    "/etc/nftables.d/mx.nft",
    () => pulumi(["preview"]),
  );
  expect(status).not.toBe(0);
  expect(output).toMatch(/\/etc\/nftables\.d\/mx\.nft on mail1 is claimed by the roles (mx and relay|relay and mx)/);
});

test("a full disk: nothing half-written, and the error says what to do", async () => {
  const filler = "/etc/dovecot/sieve/filler"; // the host's root is the machine's own disk: only a mount of its own can be full
  await ok(
    "mail1",
    "mkdir -p /tmp/keep && cp -a /etc/dovecot/sieve /tmp/keep/ && mount -t tmpfs -o size=64k tmpfs /etc/dovecot/sieve && cp -a /tmp/keep/sieve/. /etc/dovecot/sieve/",
  );
  try {
    await on(
      "mail1",
      `dd if=/dev/zero of=${filler} bs=4k 2>/dev/null; rm -f /etc/dovecot/sieve/junk.sieve; dd if=/dev/zero of=${filler}2 bs=1k 2>/dev/null`,
    );
    const before = await ok("mail1", "cd /etc/dovecot && find . -type f | sort | xargs sha256sum");
    const { status, output } = await pulumi(["up", "--yes", "--skip-preview"]);
    expect(status).not.toBe(0);
    expect(output).toMatch(/No space left|no space|space/i);
    expect(await ok("mail1", "cd /etc/dovecot && find . -type f | sort | xargs sha256sum")).toBe(before);
  } finally {
    await ok("mail1", "umount /etc/dovecot/sieve && rm -r /tmp/keep");
  }
  const { status } = await pulumi(["preview", "--expect-no-changes"]);
  expect(status).toBe(0);
}, 300_000);

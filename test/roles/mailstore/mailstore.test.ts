/** The mailstore's files say what they must; what Dovecot itself thinks of them is in dovecot.test.ts. */
import * as pulumi from "@pulumi/pulumi";
import { componentOf } from "../../../components/role";
import { type MailstoreArgs, mailstore } from "../../../roles/mailstore";
import { owned } from "../../../roles/shared/paths";

const ARGS: MailstoreArgs = {
  hostname: "mail1.example.org",
  postmaster: "postmaster@example.org",
  relayHosts: ["192.0.2.11", "2001:db8::11", "192.0.2.11"],
  submissionHosts: ["192.0.2.12"],
  outbound: "192.0.2.11:10025",
  controllers: ["192.0.2.13:11334"],
};

const text = (args: Partial<MailstoreArgs>, path: string) =>
  mailstore.manifest({ ...ARGS, ...args }).files[path]?.content ?? "";

describe("files", () => {
  test("every file says who owns it, on its first line or right after the interpreter's", () => {
    for (const [path, file] of Object.entries(mailstore.manifest(ARGS).files)) {
      expect([path, file.content.replace(/^#!.*\n/, "").startsWith(owned("mailstore"))]).toEqual([path, true]);
    }
  });

  test("only IMAP and ManageSieve are open; LMTP and SASL are for the named hosts, each family by itself", () => {
    expect(text({}, "/etc/nftables.d/mailstore.nft").split("\n").slice(1)).toEqual([
      "tcp dport { 993, 4190 } accept",
      "# LMTP from the relays",
      "ip saddr { 192.0.2.11 } tcp dport 24 accept",
      "ip6 saddr { 2001:db8::11 } tcp dport 24 accept",
      "# SASL from submission",
      "ip saddr { 192.0.2.12 } tcp dport 12345 accept",
      "",
    ]);
  });

  test("POP3 is off unless asked for: package, protocol, listener, port and probe", () => {
    const [without, having] = [mailstore.manifest(ARGS), mailstore.manifest({ ...ARGS, pop3: true })];
    expect(JSON.stringify(without)).not.toMatch(/pop3d|pop3 = yes|995/);
    expect(having.packages["dovecot-pop3d"]).toBe("present");
    expect(text({ pop3: true }, "/etc/dovecot/dovecot.conf")).toContain("  pop3 = yes\n");
    expect(text({ pop3: true }, "/etc/dovecot/postfleet/services.conf")).toContain("    port = 995\n    ssl = yes\n");
    expect(text({ pop3: true }, "/etc/nftables.d/mailstore.nft")).toContain("tcp dport { 993, 995, 4190 } accept");
    expect(having.health).toContainEqual(expect.objectContaining({ port: 995, tls: true, expect: "+OK" }));
  });

  test("search brings its tokenizers, without which it fails silently; and goes as a whole", () => {
    expect(text({}, "/etc/dovecot/postfleet/storage.conf")).toContain(
      "\nlanguage_tokenizers = generic email-address\n",
    );
    expect(text({ fullTextSearch: false }, "/etc/dovecot/postfleet/storage.conf")).not.toMatch(/\bfts|language_/);
    expect(mailstore.manifest({ ...ARGS, fullTextSearch: false }).packages).not.toHaveProperty("dovecot-flatcurve");
  });

  test("the quota is outside quota { }, where an account's own limit can override it", () => {
    expect(text({ quota: 5 }, "/etc/dovecot/postfleet/storage.conf")).toMatch(/\nquota_storage_size = 5B\nquota "/);
  });

  test("the firewall is reloaded before Dovecot, and mail is kept and backed up", () => {
    const m = mailstore.manifest(ARGS);
    expect(Object.keys(m.services)).toEqual(["nftables.service", "postfleet-judge.service", "dovecot.service"]);
    expect(m.keep).toEqual(["/var/vmail", "/var/lib/postfleet-judge"]);
    expect(text({}, "/etc/postfleet/backup.d/mailstore")).toMatch(/\n\/var\/vmail\n$/);
    expect(text({}, "/etc/postfleet/renew.d/mailstore")).toMatch(/\ndovecot\.service\n$/);
  });
});

test("the component makes one HostRole under itself; the accounts are its only secret file", async () => {
  const made: { type: string; name: string; inputs: Record<string, unknown> }[] = [];
  await pulumi.runtime.setMocks({
    newResource: (args) => {
      made.push({ type: args.type, name: args.name, inputs: args.inputs });
      return { id: args.name, state: args.inputs };
    },
    call: () => ({}),
  });
  const host = { name: "mail1", address: "192.0.2.1", port: 22, user: "root", hostKeys: ["ssh-ed25519 AAAA"] };
  const store = new (componentOf(mailstore))("mailstore-mail1", {
    ...ARGS,
    host,
    users: "alice@example.org:{BLF-CRYPT}$2b$x::::::\n",
  });
  const urn = await new Promise<string>((resolve) => store.role.urn.apply(resolve));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(made.map((r) => [r.type, r.name])).toEqual([
    ["postfleet:mail:Mailstore", "mailstore-mail1"],
    ["postfleet:host:Role", "mailstore-mail1"],
  ]);
  expect(urn).toContain("postfleet:mail:Mailstore$postfleet:host:Role::mailstore-mail1");
  const inputs = made[1]?.inputs ?? {};
  // The mocks show a secret as an envelope around its value.
  expect(inputs.secretFiles).toMatchObject({
    value: { "/etc/dovecot/postfleet-users": { mode: "0640", owner: "root", group: "dovecot" } },
  });
  expect(JSON.stringify(inputs.files)).not.toContain("BLF-CRYPT}$");
});

import { componentOf } from "../../../components/role";
import { relay } from "../../../roles/relay";
import { describeInChroot } from "../../support/chroot";
import { acceptsTheFiles, askPostfix } from "../../support/postfix";
import { book, lines, parameter, site } from "./book";
import { declared, host, settled } from "./mocks";

const args = { ...book, ...site, mailstore: { address: "2001:db8::12", port: 24 } };
const wanted = relay.manifest(args);
const file = (name: string) => wanted.files[`/etc/postfix-relay/${name}`]?.content ?? "";

test("aliases, groups, catch-all and host names lead where they should", () => {
  expect(lines(file("aliases"))).toEqual([
    "@back1.example.org postmaster@example.org",
    "@example.net alice@example.org",
    "@mail1.example.org postmaster@example.org",
    "abuse@example.net postmaster@example.org",
    "abuse@example.org postmaster@example.org",
    // Without this line the catch-all would take carol's mail.
    "carol@example.net carol@example.net",
    "contact@example.org info@example.org",
    "everybody@example.org team@example.org",
    "info@example.org alice@example.org, bob@example.org",
    "postmaster@example.net postmaster@example.org",
    "postmaster@example.org alice@example.org",
    "team@example.org alice@example.org, carol@example.net",
  ]);
  expect(lines(file("mailbox_domains"))).toEqual(["example.net ok", "example.org ok"]);
  expect(lines(file("transport"))).toEqual(["elsewhere.example smtp:[mail.elsewhere.example]:25"]);
});

test("only the site's hosts may use it, by Postfix and by the firewall", () => {
  const mainCf = file("main.cf");
  expect(parameter(mainCf, "mynetworks")).toBe("127.0.0.0/8 [::1]/128 192.0.2.11 [2001:db8::11]");
  expect(parameter(mainCf, "smtpd_relay_restrictions")).toBe("permit_mynetworks, reject");
  expect(lines(wanted.files["/etc/nftables.d/relay.nft"]?.content ?? "")).toEqual([
    "ip saddr { 192.0.2.11 } tcp dport 10025 accept",
    "ip6 saddr { 2001:db8::11 } tcp dport 10025 accept",
  ]);
});

test("DANE by default; a smarthost with a login is verified before the password is sent", () => {
  expect(parameter(file("main.cf"), "smtp_tls_security_level")).toBe("dane");
  expect(parameter(file("main.cf"), "virtual_transport")).toBe("lmtp:inet:[2001:db8::12]:24");
  const other = relay.manifest({ ...args, smarthost: "[smtp.provider.example]:587", smarthostAuthenticates: true });
  const mainCf = other.files["/etc/postfix-relay/main.cf"]?.content ?? "";
  expect(parameter(mainCf, "relayhost")).toBe("[smtp.provider.example]:587");
  expect(parameter(mainCf, "smtp_tls_security_level")).toBe("secure");
  expect(other.packages["libsasl2-modules"]).toBe("present");
});

test("limits of expansion follow from the address book: a large group and a deep chain are delivered, not put off for ever", () => {
  const members = Array.from({ length: 1200 }, (_, n) => `member${n}@example.org`);
  const chain = Object.fromEntries(
    Array.from({ length: 25 }, (_, n) => [`a${n}@example.org`, [`a${n + 1}@example.org`]]),
  );
  const accounts = {
    mailboxes: args.accounts.mailboxes,
    aliases: { ...args.accounts.aliases, ...chain, "a25@example.org": ["all@example.org"] },
    groups: [{ address: "all@example.org", members, internal: false }],
  };
  const mainCf = relay.manifest({ ...args, accounts }).files["/etc/postfix-relay/main.cf"]?.content ?? "";
  expect(Number(parameter(mainCf, "virtual_alias_recursion_limit"))).toBeGreaterThan(27);
  expect(Number(parameter(mainCf, "virtual_alias_expansion_limit"))).toBeGreaterThan(1227);
  expect(parameter(mainCf, "duplicate_filter_limit")).toBe(parameter(mainCf, "virtual_alias_expansion_limit"));
  expect(parameter(file("main.cf"), "virtual_alias_recursion_limit")).toBe("20");
  expect(parameter(file("main.cf"), "virtual_alias_expansion_limit")).toBe("1000");
});

test("where nothing is stored no mailbox is looked for on the network", () => {
  const { mailstore: _, ...others } = args;
  const mainCf = relay.manifest(others).files["/etc/postfix-relay/main.cf"]?.content ?? "";
  expect(parameter(mainCf, "virtual_transport")).toBe("error:5.1.1 no mailbox is stored here");
});

test("the component is one role on the host, and the login is in its secret files alone", async () => {
  const made = new (componentOf(relay))("relay-mail1", {
    ...args,
    smarthost: "[smtp.provider.example]:587",
    smarthostAuthenticates: true,
    smarthostLogin: "user:hunter2",
    host,
  });
  const { urn } = await settled(made.role.urn);
  expect(urn).toContain("postfleet:mail:Relay$postfleet:host:Role::relay-mail1");
  const roles = declared.filter((resource) => resource.type === "postfleet:host:Role");
  expect(roles.map((role) => role.name)).toEqual(["relay-mail1"]);
  const { secretFiles, ...open } = roles[0]?.inputs ?? {};
  expect(JSON.stringify(secretFiles)).toContain("[smtp.provider.example]:587 user:hunter2");
  expect(JSON.stringify(open)).not.toContain("hunter2");
});

describeInChroot("Postfix itself", () => {
  acceptsTheFiles(wanted);

  test("refuses a wrong value, which only the trial run of smtpd notices", () => {
    const says = askPostfix(wanted, (text) =>
      text.replace("smtpd_tls_security_level = may", "smtpd_tls_security_level = banana"),
    );
    expect(says.postconf.status).toBe(0);
    expect(says.smtpd.status).not.toBe(0);
  });
});

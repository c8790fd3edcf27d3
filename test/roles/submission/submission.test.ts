import { componentOf } from "../../../components/role";
import { submission } from "../../../roles/submission";
import { describeInChroot } from "../../support/chroot";
import { acceptsTheFiles } from "../../support/postfix";
import { book, lines, parameter, site } from "../relay/book";
import { declared, host, settled } from "../relay/mocks";

const args = {
  ...book,
  hostname: site.hostname,
  siteHosts: [...site.siteHosts, "192.0.2.99"],
  siteClients: site.siteHosts,
  relay: { address: "192.0.2.11", port: 10025 },
  sasl: { address: "127.0.0.1", port: 12345 },
};
const wanted = submission.manifest(args);
const file = (name: string) => wanted.files[`/etc/postfix-submission/${name}`]?.content ?? "";
const setting = (name: string) => parameter(file("main.cf"), name);

test("no command without TLS, no mail without a login, no sender of somebody else", () => {
  expect(setting("smtpd_tls_security_level")).toBe("encrypt");
  expect(setting("smtpd_tls_auth_only")).toBe("yes");
  expect(setting("smtpd_relay_restrictions")).toBe("permit_sasl_authenticated, reject");
  expect(setting("smtpd_sender_restrictions")).toContain("reject_authenticated_sender_login_mismatch");
  expect(setting("smtpd_sasl_path")).toBe("inet:127.0.0.1:12345");
});

test("who owns which sender", () => {
  expect(lines(file("senders"))).toContain("info@example.org alice@example.org,bob@example.org");
  expect(lines(file("senders"))).toContain("@example.net alice@example.org");
  expect(lines(file("senders"))).toContain("team@example.org alice@example.org");
});

test("who logs in gets a process without a past: one whose connection to Dovecot is gone would refuse", () => {
  const services = file("master.cf").split(/\n(?=\S)/);
  const asking = services.filter((service) => /^\d+ .*smtpd/.test(service) && !service.includes("sasl_auth_enable=no"));
  expect(asking.map((service) => [service.slice(0, 3), service.includes("-o max_use=1")])).toEqual([
    ["465", true],
    ["587", true],
  ]);
});

test("internal groups are recipients here", () => {
  expect(lines(file("recipients"))).toContain("team@example.org ok");
});

test("the site listener takes mail of our own domains and bounces, from mailstores alone, and not without end", () => {
  expect(file("main.cf")).not.toContain("permit_mynetworks");
  const services = file("master.cf").split(/\n(?=\S)/);
  const site = services.find((service) => service.startsWith("10587"));
  expect(site).toContain("mynetworks = 127.0.0.0/8 [::1]/128 192.0.2.11 [2001:db8::11] }");
  expect(site).toContain("smtpd_client_restrictions=permit_mynetworks,reject");
  expect(site).toContain("check_sender_access texthash:$config_directory/site_senders, reject }");
  expect(lines(file("site_senders"))).toEqual(["<> ok", "elsewhere.example ok", "example.net ok", "example.org ok"]);
  expect(site).toContain("smtpd_client_message_rate_limit=600");
  expect(site).toContain("smtpd_client_event_limit_exceptions=\n");
  expect(services.filter((service) => service.includes("permit_mynetworks"))).toEqual([site]);
  expect(lines(wanted.files["/etc/nftables.d/submission.nft"]?.content ?? "")).toEqual([
    "tcp dport { 465, 587 } accept",
    "ip saddr { 192.0.2.11 } tcp dport 10587 accept",
    "ip6 saddr { 2001:db8::11 } tcp dport 10587 accept",
  ]);
});

test("privacy headers go, others stay", () => {
  const patterns = lines(file("header_checks")).map((line) => new RegExp(line.slice(1, line.lastIndexOf("/")), "i"));
  const dropped = (header: string) => patterns.some((pattern) => pattern.test(header));
  expect(["User-Agent: x", "X-Originating-IP: [192.0.2.1]", "X-Mailer: y"].map(dropped)).toEqual([true, true, true]);
  expect(["Subject: User-Agent: x", "X-Priority: 1", "From: a@b"].map(dropped)).toEqual([false, false, false]);
  expect(setting("smtpd_hide_client_session")).toBe("yes");
});

test("the component is one role on the host", async () => {
  const made = new (componentOf(submission))("submission-mail1", { ...args, host });
  const { urn } = await settled(made.role.urn);
  expect(urn).toContain("postfleet:mail:Submission$postfleet:host:Role::submission-mail1");
  const roles = declared.filter((resource) => resource.type === "postfleet:host:Role");
  expect(roles.map((role) => role.name)).toEqual(["submission-mail1"]);
});

describeInChroot("Postfix itself", () => {
  acceptsTheFiles(wanted);
});

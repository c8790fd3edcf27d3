import { componentOf } from "../../../components/role";
import { mx } from "../../../roles/mx";
import { describeInChroot } from "../../support/chroot";
import { acceptsTheFiles, askPostfix } from "../../support/postfix";
import { book, lines, parameter, site } from "../relay/book";
import { declared, host, settled } from "../relay/mocks";

const args = {
  ...book,
  ...site,
  relay: { address: "127.0.0.1", port: 10025 },
  blockLists: [{ zone: "bl.example", weight: 2 }],
};
const wanted = mx.manifest(args);
const file = (name: string) => wanted.files[`/etc/postfix-mx/${name}`]?.content ?? "";
const setting = (name: string) => parameter(file("main.cf"), name);

test("no client is trusted by its address, and nothing is relayed", () => {
  expect(setting("smtpd_relay_restrictions")).toBe("reject_unauth_destination");
  expect(setting("mynetworks")).toBe("127.0.0.0/8 [::1]/128");
  expect(file("main.cf")).not.toContain("permit_mynetworks");
  expect(setting("parent_domain_matches_subdomains")).toBe("");
});

test("bare LF is refused, from every address", () => {
  expect(setting("smtpd_forbid_bare_newline")).toBe("reject");
  expect(setting("smtpd_forbid_bare_newline_exclusions")).toBe("");
});

test("domains and recipients: what exists, and the host's own postmaster", () => {
  expect(lines(file("domains"))).toEqual([
    "elsewhere.example ok",
    "example.net ok",
    "example.org ok",
    "mail1.example.org ok",
  ]);
  expect(lines(file("recipients"))).toContain("postmaster@mail1.example.org ok");
  expect(lines(file("recipients"))).toContain("@example.net ok");
  expect(lines(file("recipients"))).not.toContain("@example.org ok");
});

test("internal groups refuse everybody who comes from outside", () => {
  expect(lines(file("recipient_access"))).toEqual([
    "team@example.org 550 5.7.1 Only members of this organisation may write to this address",
  ]);
});

test("the filter down means later, not yes", () => {
  expect(setting("milter_default_action")).toBe("tempfail");
});

test("block lists with their weights; the limits and TLS of the arguments", () => {
  expect(setting("postscreen_dnsbl_sites")).toBe("bl.example*2");
  expect(setting("postscreen_dnsbl_action")).toBe("enforce");
  expect(setting("smtp_tls_security_level")).toBe("none");
  const far = mx.manifest({ ...args, relay: { address: "2001:db8::12", port: 10025 }, greetWait: 0 }).files[
    "/etc/postfix-mx/main.cf"
  ];
  expect(parameter(far?.content ?? "", "relayhost")).toBe("[2001:db8::12]:10025");
  expect(parameter(far?.content ?? "", "smtp_tls_security_level")).toBe("encrypt");
  expect(parameter(far?.content ?? "", "postscreen_greet_action")).toBe("ignore");
});

test("verdicts in our name are dropped, those of others are not", () => {
  const [first = ""] = lines(file("header_checks"));
  const pattern = new RegExp(
    first.slice(1, first.lastIndexOf("/")).replaceAll("[[:space:]]", "\\s").replaceAll("[:space:]", "\\s"),
    "i",
  );
  expect("Authentication-Results: mail1.example.org; dkim=pass").toMatch(pattern);
  expect("Authentication-Results: back1.example.org").toMatch(pattern);
  expect("Authentication-Results: mail1.example.org.evil.example; dkim=pass").not.toMatch(pattern);
  expect("Authentication-Results: mx.other.example; dkim=pass").not.toMatch(pattern);
});

test("every file says who owns it, and the unit renews its certificate", () => {
  for (const spec of Object.values(wanted.files)) expect(spec.content).toMatch(/^# Owned by Postfleet, role /);
  expect(lines(wanted.files["/etc/postfleet/renew.d/mx"]?.content ?? "")).toEqual(["postfix@mx.service"]);
  expect(Object.keys(wanted.services)).toEqual(["nftables.service", "postfix@mx.service"]);
});

test("the component is one role on the host", async () => {
  const made = new (componentOf(mx))("mx-mail1", { ...args, host });
  const { urn } = await settled(made.role.urn);
  expect(urn).toContain("postfleet:mail:Mx$postfleet:host:Role::mx-mail1");
  const roles = declared.filter((resource) => resource.type === "postfleet:host:Role");
  expect(roles.map((role) => role.name)).toEqual(["mx-mail1"]);
  expect(roles[0]?.inputs.secretFiles).toEqual({});
});

describeInChroot("Postfix itself", () => {
  acceptsTheFiles(wanted);

  test("an unknown parameter is a word on standard error", () => {
    const says = askPostfix(wanted, (text) => text.replace("smtpd_helo_required", "smtpd_hello_required"));
    expect(says.postconf.stderr).toContain("smtpd_hello_required");
  });
});

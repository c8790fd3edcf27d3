/** Where instances find what they use. */
import { type Plan, planned } from "../../plan";
import { usesOf } from "../../plan/endpoints";
import type { AnyRole } from "../../roles/define";
import { linkAddress } from "../../roles/shared/link";
import { type HostSpec, host as hostNamed } from "../../site";
import { planOf, SPREAD, siteOf, stack } from "./sites";

const targets = ({ instances }: Plan, id: string, use: string) =>
  instances
    .find((one) => one.id === id)
    ?.uses.find((one) => one.use === use)
    ?.targets.map(({ instance, address, port }) => `${instance} ${address}:${port}`);

/** Address inside the link of a host of SPREAD. */
const linked = (name: string) => {
  const site = siteOf(SPREAD);
  return linkAddress(site, hostNamed(site, name));
};

test("the one on the same host by loopback, else by the link", () => {
  expect(targets(planOf(stack("lab")), "mx-mail1", "relay")).toEqual(["relay-mail1 127.0.0.1:10025"]);
  expect(targets(planOf(SPREAD), "mx-mx1", "relay")).toEqual([`relay-relay1 ${linked("relay1")}:10025`]);
});

test("every filter is taught", () => {
  expect(targets(planOf(SPREAD), "mailstore-store1", "controllers")).toEqual([
    `filter-mx1 ${linked("mx1")}:11334`,
    `filter-mx2 ${linked("mx2")}:11334`,
    `filter-out1 ${linked("out1")}:11334`,
  ]);
});

test("the filter beside an MTA is the only one it asks: others listen on their own hosts alone", () => {
  expect(targets(planOf(SPREAD), "mx-mx2", "milter")).toEqual(["filter-mx2 127.0.0.1:11332"]);
});

test("by name, whatever stands behind it", () => {
  expect(targets(planOf(SPREAD), "webmail-web1", "imap")).toEqual(["mailstore-store1 imap.example.org:993"]);
});

test("a name is one endpoint, however many stand behind it; all others are one a host", () => {
  const site = siteOf(SPREAD);
  for (const host of site.hosts) if (host.name === "relay1") host.roles.push("mailstore", "submission", "filter");
  const { plan, deployments } = planned(site);
  const endpoints = (id: string) => deployments.find(({ instance }) => instance.id === id)?.context.endpoints;
  expect(targets(plan, "webmail-web1", "imap")).toHaveLength(2);
  expect(endpoints("webmail-web1")).toEqual({
    imap: [{ address: "imap.example.org", port: 993 }],
    smtp: [{ address: "smtp.example.org", port: 465 }],
  });
  expect(endpoints("relay-relay1")?.mailstore).toEqual([
    { address: "127.0.0.1", port: 24 },
    { address: linked("store1"), port: 24 },
  ]);
});

test("a role without a public name cannot be used by name", () => {
  const site = siteOf(SPREAD);
  const role = { name: "webmail", uses: { mx: { roles: ["mx"], port: { mx: 25 }, choice: "by name" } } };
  expect(() => usesOf(site, site.hosts[0] as HostSpec, role as unknown as AnyRole)).toThrow(
    "mx is used by name, and has no public name",
  );
});

test("where nobody has the first role the second is asked, and where nobody has either there is no endpoint", () => {
  const mute = stack("lab").replace("submission, ", "").replace(", webmail", "");
  expect(targets(planOf(mute), "mailstore-mail1", "outbound")).toEqual(["relay-mail1 127.0.0.1:10025"]);
  const silent = SPREAD.replace(/^domains: .*$/m, "domains: { example.org: { mail: false } }")
    .replace(/^ {2}(mx\d|out1|relay1|web1):.*\n/gm, "")
    .replace(/^accounts:\n( {2}.*\n)+/m, "")
    .replace("provider: powerdns", "provider: none");
  expect(targets(planOf(silent), "mailstore-store1", "outbound")).toEqual([]);
});

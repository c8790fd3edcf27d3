/** Networks of the site file, by the key `bans.allow`. */
import { SiteFileError } from "../../site";
import { siteOf } from "../plan/sites";

const allowing = (...networks: string[]) =>
  siteOf(`site: own
ssh: { knownHosts: lab.known_hosts }
hosts: { store1: { address: 192.0.2.1 } }
domains: { example.org: { mail: false } }
bans: { allow: ${JSON.stringify(networks)} }
`).bans.allow;

const refusal = (network: string): string => {
  try {
    return `taken as ${allowing(network)}`;
  } catch (error) {
    if (error instanceof SiteFileError) return error.message;
    throw error;
  }
};

test("addresses and networks of both families, in their shortest form; a whole prefix is an address", () => {
  expect(
    allowing(
      "198.51.100.7",
      "198.51.100.0/24",
      "10.0.0.0/8",
      "2001:DB8:0::/48",
      "2001:db8::1",
      "::1",
      "203.0.113.9/32",
      "2001:db8::4/127",
    ),
  ).toEqual([
    "198.51.100.7",
    "198.51.100.0/24",
    "10.0.0.0/8",
    "2001:db8::/48",
    "2001:db8::1",
    "::1",
    "203.0.113.9",
    "2001:db8::4/127",
  ]);
});

test.each([
  ["198.51.100.7/24", "write 198.51.100.0/24 or 198.51.100.7"],
  ["198.51.100.129/25", "write 198.51.100.128/25 or 198.51.100.129"],
  ["2001:db8::1/64", "write 2001:db8::/64 or 2001:db8::1"],
  ["2001:db8:0:0:8000::/64", "write 2001:db8::/64 or 2001:db8:0:0:8000::"],
  ["198.51.100.0/33", "write at most /32"],
  ["2001:db8::/129", "write at most /128"],
  ["0.0.0.0/0", "write /8 or longer"],
  ["::/0", "write /16 or longer"],
  ["office.example.org", "write numbers, not a name"],
  ["198.51.100.0/", "write numbers, not a name"],
  ["fe80::1%eth0", "write numbers, not a name"],
  ["198.51.100.0/24/8", "write numbers, not a name"],
])("%s is refused, with what to write", (given, hint) => {
  const said = refusal(given);
  expect(said).toContain("bans.allow");
  expect(said).toContain(hint);
});

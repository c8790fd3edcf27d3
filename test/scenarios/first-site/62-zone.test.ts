/** Records that mail has no part in stand beside the mail's in the zone, and go when they are no longer declared. */
import { command, ok, POSTFLEET, pulumi } from "../support/lab";
import { withSiteFile } from "../support/site-file";

const FINGERPRINT = "0a".repeat(32);
const RECORDS = `dns:
  provider: powerdns
  ttl: 60
  records:
    www.example.org: { A: [192.0.2.80], AAAA: ["2001:db8::80"] }
    shop.example.org: { CNAME: [www.example.org] }
    "*.pages.example.org": { A: [192.0.2.81] }
    example.org: { TXT: ['some-verification="a b;c"'] }
    mail1.example.org: { SSHFP: [4 2 ${FINGERPRINT}] }
    lab.example.org: { NS: [ns.lab.example.org] }
    ns.lab.example.org: { A: [192.0.2.53] }`;

const dig = (question: string) =>
  ok("mail1", `dig +norec +noall +answer +authority ${question} @10.66.0.11 | tr -s '\\t' ' '`);

afterAll(() => pulumi(["up", "--yes", "--skip-preview"]));

test("they are served, and the check of DNS knows them", async () => {
  const { up, dns } = await withSiteFile(
    (text) => text.replace(/^dns: .*$/m, RECORDS),
    async () => ({
      up: await pulumi(["up", "--yes", "--skip-preview"]),
      dns: await command(POSTFLEET, ["dns", "--stack", "lab"]),
    }),
  );
  expect(up.status).toBe(0);
  expect(await dig("shop.example.org A")).toContain("www.example.org. 60 IN A 192.0.2.80");
  expect(await dig("any.pages.example.org A")).toContain("192.0.2.81");
  const texts = await dig("example.org TXT");
  expect(texts).toContain('"v=spf1 ');
  expect(texts).toContain(String.raw`"some-verification=\"a b;c\""`);
  expect(await dig("host.lab.example.org A")).toContain("lab.example.org. 60 IN NS ns.lab.example.org.");
  const lines = dns.output.split("\n").filter((line) => /www|shop|pages|SSHFP|lab\.example\.org/.test(line));
  expect(lines.map((line) => line.trim().split(/ +/).slice(0, 3).join(" "))).toEqual(
    expect.arrayContaining([
      "✓ www.example.org A",
      "✓ www.example.org AAAA",
      "✓ shop.example.org CNAME",
      "✓ *.pages.example.org A",
      "✓ mail1.example.org SSHFP",
    ]),
  );
}, 120_000);

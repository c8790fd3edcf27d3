/** The proof of a deployment is one only when the receiver of each mail could verify it. */
import { refuseUnproven, verdicts } from "../../../cli/lab/hello";

const found = (text: string) => () => refuseUnproven({ authentication: [text] }, "alice@example.org");

test("both signatures, SPF and DMARC pass; what ARC says does not matter", () => {
  const text = "mx; dkim=pass header.s=r1; dkim=pass header.s=e1; spf=pass smtp.mailfrom=a; dmarc=pass; arc=none";
  expect(verdicts([text])).toBe("dkim=pass spf=pass dmarc=pass arc=none");
  expect(found(text)).not.toThrow();
});

test.each([
  [
    "unsigned mail, which SPF alone lets through",
    "mx; dkim=none; spf=pass; dmarc=pass",
    /found dkim=none spf=pass dmarc=pass/,
  ],
  ["one signature that does not verify", "mx; dkim=pass; dkim=fail; spf=pass; dmarc=pass", /dkim=fail/],
  ["no verdict at all", "mx; none", /found no verdict; wanted are spf=pass dkim=pass dmarc=pass/],
])("%s is an error", (_what, text, message) => {
  expect(found(text)).toThrow(message);
});

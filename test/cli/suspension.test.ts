/** `postfleet accounts suspend`: lines that the site file takes as they are, or words that say why not. */
import { suspensionLines } from "../../cli/suspension";
import { readSite } from "../../plan";
import type { SiteSpec } from "../../site";
import { EXAMPLE } from "../../site/markdown";
import { folderWith, hostKeyLine } from "../site/fixture";

const NOW = new Date("2026-11-28T03:10:59Z");
const read = (text: string) =>
  readSite(folderWith({ "example.yaml": text, "example.known_hosts": `192.0.2.25,back1 ${hostKeyLine()}\n` }));
const site = read(EXAMPLE).site as SiteSpec;

test.each(["sends spam", "a \"stolen\" password: #1 \\ 'x'", "naïve"])(
  "the lines are taken by the site file, with the reason %j",
  (why) => {
    const printed = suspensionLines(site, " Bob@Example.org", "prod", why, NOW);
    const lines = printed.split("\n").filter((line) => line.startsWith(" "));
    const written = EXAMPLE.split("\n").filter((line) => !line.trim().startsWith("bob@example.org:"));
    const at = written.findIndex((line) => line.trim() === "mailboxes:");
    const { site: now, problems } = read([...written.slice(0, at + 1), ...lines, ...written.slice(at + 1)].join("\n"));
    expect(problems).toEqual([]);
    expect(now?.accounts.mailboxes.find(({ address }) => address === "bob@example.org")?.suspended).toEqual({
      since: "2026-11-28T03:10",
      why,
      mail: "keep",
    });
    expect(printed).toContain("postfleet deploy --stack prod");
    expect(printed).toContain("postsuper -c /etc/postfix-relay -H");
  },
);

const refusal = (address: string, why: string, of = site) => {
  try {
    return suspensionLines(of, address, "prod", why, NOW);
  } catch (error) {
    return `${(error as Error).message}; ${(error as { hint?: string }).hint}`;
  }
};

test.each([
  ["an unknown account", "eve@example.org", "x", /no account eve@example.org; it has alice@/],
  ["an alias", "postmaster@example.org", "x", /no account postmaster@.*cannot be suspended/],
  ["an address that acts on a terminal", "\u001b[2J", "x", /no account \\x1b\[2J/],
  ["no reason", "bob@example.org", "  ", /no reason: .*--why/],
  ["a reason of two lines", "bob@example.org", "a\nb", /no reason: .*one line/],
  ["a reason that is too long", "bob@example.org", "x".repeat(201), /at most 200/],
])("%s is refused with what to do", (_what, address, why, words) => {
  expect(refusal(address, why)).toMatch(words);
});

test("an account that is suspended already is told with since when and why", () => {
  const [first, ...others] = site.accounts.mailboxes;
  const suspended = { since: "2026-11-27", why: "left", mail: "keep" as const };
  const mailboxes = [...(first ? [{ ...first, suspended }] : []), ...others];
  expect(refusal(first?.address ?? "", "x", { ...site, accounts: { ...site.accounts, mailboxes } })).toMatch(
    /suspended already, since 2026-11-27: left.*remove `suspended`/,
  );
});

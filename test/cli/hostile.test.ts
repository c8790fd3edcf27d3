/** What name servers, APIs and files of others say cannot act on the terminal of who reads a report of ours. */
import type { DnsReport } from "../../cli/dns/check";
import { formatReport } from "../../cli/dns/print";
import { formatSurvey } from "../../cli/dns-import";
import { report } from "../../cli/errors";
import { report as validation } from "../../cli/validate";
import { UserError } from "../../system/errors";
import { visible } from "../../system/visible";

const EVIL = "\u001b[2J\u009b\u202e\u200b\r";

test("the report on DNS: values, servers, notes", () => {
  const finding = {
    verdict: "different",
    level: "required",
    why: "w",
    rfc: "r",
    zone: "example.org",
    subject: `s${EVIL}`,
  };
  const found = [{ server: `ns${EVIL}`, values: [`v${EVIL}\n✓ forged`], problem: EVIL }];
  const findings = [
    { ...finding, wanted: ["x"], found, notes: [EVIL], todo: EVIL },
    { ...finding, verdict: "ok", wanted: [EVIL], found: [], notes: [EVIL] },
  ];
  const made = {
    findings,
    nameServers: { "example.org": [{ name: EVIL }] },
    counts: {},
    status: 1,
    site: "s",
    resolvers: [],
  };
  const text = formatReport(made as unknown as DnsReport, (each) => each);
  expect(visible(text)).toBe(text);
  expect(text).not.toMatch(/^✓ forged/m);
});

test("the report on a zone that is imported", () => {
  const record = { name: EVIL, type: "TXT", ttl: 60, value: `${EVIL}\nforged`, verdict: "leave" };
  const text = formatSurvey("example.org", { kind: "ovh" }, { entry: {}, notes: [EVIL], records: [record] } as never);
  expect(visible(text)).toBe(text);
  expect(text).not.toMatch(/^forged/m);
});

test("errors with their hints, and problems of a site file", () => {
  let text = "";
  report(new UserError(EVIL, EVIL), (part) => {
    text += part;
  });
  const problem = {
    file: EVIL,
    line: 1,
    column: 1,
    path: EVIL,
    message: EVIL,
    given: EVIL,
    hint: EVIL,
    severity: "error" as const,
  };
  for (const json of [true, false])
    text += validation("f", { problems: [problem] } as never, { json, colour: false }).text;
  expect(visible(text)).toBe(text);
});

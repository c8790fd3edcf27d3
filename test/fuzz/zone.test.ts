/** Fuzzing of what reads zone files: any bytes give records, or an error with a line; what we write reads back as it was. */
import { formatSurvey } from "../../cli/dns-import";
import { survey } from "../../cli/dns-survey";
import { tokens } from "../../provider/dns/tokens";
import { masterFile, parseMasterFile } from "../../provider/dns/zone/master-file";
import { bySet, type LiveRecord } from "../../provider/dns/zone/model";
import { canonical, canonicalLive } from "../../provider/dns/zone/rdata";
import { UserError } from "../../system/errors";
import { visible } from "../../system/visible";
import { fuzz, inLinearTime, kept, seconds, type Target } from "./fuzz";

jest.setTimeout((seconds + 60) * 1000);

const ZONE = "example.org";
const SEEDS = [
  `$TTL 3600
@ IN SOA ns.example.com. host.example.com. (1 2 3 ; serial
  4 5)
@ IN MX 10 mx.example.com.
@ IN TXT "v=spf1 mx ip4:203.0.113.7 include:_spf.example.net ~all"
@ IN TXT "site-verification=abc"
www IN CNAME example.org.
_dmarc IN TXT "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.org,mailto:x@example.com"
r1._domainkey IN TXT ( "v=DKIM1; k=rsa; " "p=BBBB" )
_caldavs._tcp 1h30m IN SRV 0 1 443 cloud.example.org.
`,
  `$ORIGIN mail.example.org.
a IN 60 A 192.0.2.1
  AAAA 2001:DB8:0::1
_25._tcp TLSA 3 1 1 (0123456789abcdef0123456789abcdef
  0123456789abcdef0123456789abcdef)
@ SSHFP 4 2 123456789abcdef67890123456789abcdef67890123456789abcdef1234567890a
@ 0 CAA 0 issue "letsencrypt.org; validationmethods=dns-01"
x TXT "a\\"b" c\\059d "\\255\\000"
\\@ IN NS ns
y TYPE65534 \\# 3 010203
`,
].map((text) => Buffer.from(text));
const WORDS = [
  ...[
    "$TTL ",
    "$ORIGIN ",
    "$INCLUDE x",
    "$GENERATE 1-9 a A 192.0.2.$",
    "IN",
    "CH",
    "3600",
    "1w2d",
    "@",
    ";",
    "(",
    ")",
    '"',
    "\\",
  ],
  ...[
    "A",
    "AAAA",
    "MX",
    "TXT",
    "CAA",
    "SRV",
    "TLSA",
    "SSHFP",
    "CNAME",
    "NS",
    "PTR",
    "SOA",
    "TYPE1",
    "\\000",
    "\\999",
    "\\1",
  ],
  ...[
    "192.0.2.1",
    "2001:db8::1",
    "fe80::1%eth0",
    "mx.example.org.",
    ".",
    "..",
    "a..b.",
    '"v=spf1 -all"',
    '"v=DMARC1; p=none"',
    "*",
  ],
];

/** The records of a text, or an error that is checked; the lines that it has are counted. */
function read(text: string): LiveRecord[] {
  try {
    return inLinearTime(text.length, () => parseMasterFile(text, ZONE, 300)).records;
  } catch (error) {
    const { message } = error as Error;
    const line = Number(/^line (\d+) of the zone file: /.exec(message)?.[1]);
    if (!(line >= 1 && line <= text.split("\n").length)) throw error;
    if (!(error instanceof UserError && error.hint)) throw error;
    if (message.length > 500) throw new Error(`an error of ${message.length} characters`);
    return [];
  }
}

const target: Target = {
  name: "zone",
  seeds: SEEDS,
  words: WORDS,
  check(input) {
    const text = input.toString("utf8");
    const records = read(text);
    for (const { name, type, ttl, value } of records) {
      if (!Number.isSafeInteger(ttl) || ttl < 0 || ttl > 2 ** 31 - 1) throw new Error(`a TTL of ${ttl}`);
      if (/\s/.test(name)) throw new Error(`a name with blanks: ${JSON.stringify(name)}`);
      if (canonicalLive(type, value) !== value) throw new Error(`a value that is not canonical: ${type} ${value}`);
    }
    const sets = [...bySet(records.filter(isWritten)).values()].map((set) => ({
      ...{ name: ZONE, type: "", ttl: 0, ...set[0] },
      values: set.map(({ value }) => value),
    }));
    const again = parseMasterFile(masterFile(ZONE, 300, sets), ZONE, 300).records;
    const wanted = sets.flatMap(({ values, ...of }) => values.map((value) => ({ ...of, value })));
    if (JSON.stringify(again.map(sorted)) !== JSON.stringify(wanted.map(sorted)))
      throw new Error(`what was written reads otherwise: ${JSON.stringify(wanted)} became ${JSON.stringify(again)}`);
    const report = inLinearTime(text.length, () =>
      formatSurvey(ZONE, { kind: "none" }, survey(ZONE, records, undefined)),
    );
    if (visible(report) !== report) throw new Error("the report acts on a terminal");
    try {
      tokens(text);
    } catch (error) {
      if ((error as Error).message !== "a quotation mark is not closed") throw error;
    }
  },
};

/** Only what is below the zone can be written into a file of it, and only a value that we would write. */
function isWritten({ name, type, value }: LiveRecord): boolean {
  try {
    return (name === ZONE || name.endsWith(`.${ZONE}`)) && canonical(type, value) === value;
  } catch {
    return false;
  }
}

const sorted = ({ name, type, ttl, value }: LiveRecord) => [name, type, ttl, value];

test("what broke something once", async () => {
  for (const [, input] of kept(target.name)) await target.check(input);
});

test("fuzzing", async () => {
  expect(await fuzz(target)).toBeGreaterThan(0);
});

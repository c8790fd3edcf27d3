/** Words of secret files are taken out of what programs say, short ones and cut ones too. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { sourcePath } from "../../../provider/sources";

const SECRETS = {
  "/etc/postfix/passwords": "[smtp.example.com]:587 user:pw$7\n",
  "/etc/restic": 'RESTIC_PASSWORD="correct horse 9"\nTOKEN=abc\n',
  "/etc/key": `-----BEGIN PRIVATE KEY-----\n${"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC0123456789abcdefGHIJ"}\n`,
};

/** What becomes of texts. */
function redacted(...texts: string[]): string[] {
  const manifest = {
    files: { "/etc/plain": { content: "relayhost = [smtp.example.com]:587\n# restart after a change\n" } },
    secretFiles: Object.fromEntries(Object.entries(SECRETS).map(([path, content]) => [path, { content }])),
  };
  const program = `import json, sys; sys.path.insert(0, sys.argv[1]); from agent.redact import Secrets
given = json.load(sys.stdin); print(json.dumps(Secrets(given["manifest"]).redact(given["texts"])))`;
  const input = JSON.stringify({ manifest, texts });
  const folder = join(sourcePath("provider/host/agent"), "..");
  return JSON.parse(execFileSync("python3", ["-B", "-c", program, folder], { encoding: "utf8", input })) as string[];
}

test.each([
  ["a user with a password", "cannot log in as user:pw$7 there", "cannot log in as [secret] there"],
  ["the password alone", "bad character in pw$7", "bad character in [secret]"],
  ["in quotes", "bad 'pw$7'.", "bad '[secret]'."],
  ["a value of three letters", "token abc refused", "token [secret] refused"],
  ["a short value inside of another word", "abcdefg", "abcdefg"],
  [
    "what stands in plain files too",
    "relayhost [smtp.example.com]:587 is down",
    "relayhost [smtp.example.com]:587 is down",
  ],
  ["a line of a key, cut in front", "kqhkiG9w0BAQEFAASC0123456789abcdefGHIJ is no key", "[secret] is no key"],
  ["a line of a key, cut at the end by dots", "found MIIEvQIBADANBg... there", "found [secret]... there"],
  ["the last letters of it alone, where the text begins", "fGHIJ is no key", "[secret] is no key"],
  ["words of nobody", "the unit demo.service failed", "the unit demo.service failed"],
])("%s", (_what, text, shown) => {
  expect(redacted(text)).toEqual([shown]);
});

test("nothing of a secret is left of any cut of a text", () => {
  const text = `error: ${SECRETS["/etc/key"].split("\n")[1]}`;
  for (const tail of redacted(...[...text].map((_, at) => text.slice(at))).slice(7))
    expect(tail.replace("[secret]", "").length).toBeLessThan(4);
});

/** A damaged state of the keys is an error, and never mail without a signature. Which files there are: components/site/keys.test.ts. */
import type { Signer } from "../../../roles/define";
import { heldBy, keyFilesOf, keysAtWork } from "../../../roles/filter/keys";

const ring = { name: "example.org", algorithm: "rsa" } as const;

test("hosts hold the key at work and those before it", () => {
  expect(heldBy(ring, { active: "r2", held: ["r1", "r2"] })).toEqual(["r1", "r2"]);
});

test.each([
  [
    "nobody knows what hosts hold",
    () => heldBy(ring, { active: "r1" }),
    /keys of example\.org .* r1 signs, and hosts hold none/,
  ],
  ["nobody holds the key at work", () => heldBy(ring, { active: "r2", held: ["r1"] }), /r2 signs, and hosts hold r1/],
  ["nothing is known of the ring", () => heldBy(ring, undefined), /no key signs, and hosts hold none/],
])("%s", (_what, act, message) => {
  expect(act).toThrow(message);
  expect(act).toThrow(/hint: /);
});

describe("a key that domains share", () => {
  const shared: Signer = {
    ...{ ring: "dkim-shared-rsa", name: "shared", algorithm: "rsa" },
    domains: ["example.org", "example.net"],
  };
  const signing = { "dkim-shared-rsa": { active: "sr2", held: ["sr1", "sr2"] } };

  test("signs for each of them, by the selector at work", () => {
    expect(keysAtWork([shared], signing)).toEqual([
      { domain: "example.org", selector: "sr2", algorithm: "rsa", key: "shared" },
      { domain: "example.net", selector: "sr2", algorithm: "rsa", key: "shared" },
    ]);
  });

  test("is one file on the host, and one for the key before it", () => {
    expect(keyFilesOf([shared], signing)).toEqual({
      "/etc/rspamd/dkim/shared.sr1.key": { kind: "ring", id: "dkim-shared-rsa", selector: "sr1" },
      "/etc/rspamd/dkim/shared.sr2.key": { kind: "ring", id: "dkim-shared-rsa", selector: "sr2" },
    });
  });

  test("without its ring there are no files, and no mail without a signature", () => {
    expect(() => keyFilesOf([shared], {})).toThrow(/rsa keys of shared .* are damaged/);
  });
});

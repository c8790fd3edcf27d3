/** Signatures of viruses. */
import { Refusal, type Schema, text } from "./kinds";

/** A byte, or half of one. */
const BYTES = "[0-9A-Fa-f?]{2}";

/** The fields: a name, a kind of file, where it is looked for, bytes with wildcards, and versions of ClamAV. */
const FIELDS = [
  /^[A-Za-z0-9][\w.-]*$/,
  /^\d{1,2}$/,
  /^(\*|(\d+|EOF-\d+|EP[+-]\d+|S\d+[+]\d+|SE\d+|SL[+]\d+)(,\d+)?|VI)$/,
  new RegExp(
    `^(${BYTES}|\\*|\\{(\\d+|-\\d+|\\d+-\\d*)\\}|\\[\\d+-\\d+\\]|!?\\(([BLW]|(${BYTES})+(\\|(${BYTES})+)*)\\))+$`,
  ),
  /^\d*$/,
  /^\d+$/,
];

/**
 * A line of a file .ndb, ClamAV's extended signatures. One that ClamAV cannot read keeps the whole scanner from starting, and
 * all mail waits.
 */
export const clamSignature: Schema<string> = text({
  allowed: "one line of ClamAV's extended signature format, name:target:offset:hex",
  json: { maxLength: 8192 },
  parse(given) {
    const parts = given.trim().split(":");
    const hint = "write e.g. Site.Test-1:0:*:414243; see ClamAV's manual, body-based signatures";
    if (given.length > 8192) return new Refusal("the signature is longer than 8192 characters", hint);
    if (parts.length < 4 || parts.length > 6) return new Refusal("a signature has 4 to 6 fields between colons", hint);
    const wrong = parts.findIndex((part, index) => !FIELDS[index]?.test(part));
    const names = ["name", "target", "offset", "hex", "first version", "last version"];
    return wrong < 0 ? parts.join(":") : new Refusal(`${JSON.stringify(parts[wrong])} is no ${names[wrong]}`, hint);
  },
});

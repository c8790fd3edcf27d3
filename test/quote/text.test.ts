/** Strings of zone files and XML read back as they were. */

import { joined, tokens } from "../../provider/dns/tokens";
import { mailto, xmlText, zoneStrings } from "../../quote/text";
import { describeInChroot, runInChroot } from "../support/chroot";
import { quotedBy, texts } from "./nasty";

const wellFormed = (text: string) => !/\p{Cs}/u.test(text);

test("zone files: our own reader, and 255 octets a string whatever the alphabet", () => {
  for (const text of [...texts(12).filter(wellFormed), "é".repeat(300), ""]) {
    const value = zoneStrings(Buffer.from(text));
    expect(value).toMatch(/^[ -~]*$/);
    const words = tokens(value);
    expect(words.every(({ quoted }) => quoted)).toBe(true);
    expect(joined(words).toString()).toBe(text);
    for (const word of words) expect(joined([word]).length).toBeLessThanOrEqual(255);
  }
});

describeInChroot("an XML parser", () => {
  test("reads back text of elements and attributes", () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these XML cannot say
    const sayable = (text: string) => wellFormed(text) && !/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(text);
    const pairs = quotedBy(xmlText, sayable);
    const xml = `<r>${pairs.map(([, text]) => `<e>${text}</e>`).join("")}</r>`;
    const program =
      "import sys, json, xml.etree.ElementTree as x\nprint(json.dumps([e.text or '' for e in x.parse(sys.stdin.buffer).getroot()]))";
    const says = runInChroot(["python3", "-c", program], { input: xml });
    expect(says.stderr).toBe("");
    expect(JSON.parse(says.stdout)).toEqual(pairs.map(([text]) => text));
  });
});

test("an address as a URI has no character that means something in a record or a URI", () => {
  for (const text of texts(13).filter(wellFormed)) {
    const uri = mailto(`${text}@example.org`);
    expect(uri).toMatch(/^mailto:[\w@.+=~&'*%-]+$/);
    expect(decodeURIComponent(uri.slice(7))).toBe(`${text}@example.org`);
  }
});

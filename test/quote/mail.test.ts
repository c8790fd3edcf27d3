/** Values in files of mail servers read back as they were. */
import { dovecotValue, passwdField, postfixEntry, postfixPattern, postfixValue, rspamdEntry } from "../../quote/mail";
import { describeInChroot, inChroot, runInChroot, stage } from "../support/chroot";
import { quotedBy, texts } from "./nasty";

const wellFormed = (text: string) => !/\p{Cs}/u.test(text);
const oneLine = (text: string) => wellFormed(text) && !/[\0\r\n]/.test(text);

describeInChroot("Postfix", () => {
  test("main.cf reads back what was said, after its own expansion", () => {
    const sayable = (text: string) => oneLine(text) && !/^\s|\s$|\s[\s#]|[\t\v\f]/.test(text);
    const pairs = quotedBy(postfixValue, sayable, texts(7));
    const names = pairs.map((_, index) => `postfleet_${index}`);
    const lines = pairs.map(([, value], index) => `postfleet_${index} = ${value}\n`);
    // A parameter of one's own is one where another names it.
    const use = `import_environment = ${names.map((name) => `$${name}`).join(" ")}\n`;
    const folder = stage({ "main.cf": `compatibility_level = 3.10\n${use}${lines.join("")}`, "master.cf": "" });
    const says = inChroot("postconf", "-c", folder, "-xh", ...names);
    expect(says.stdout.split("\n").slice(0, -1)).toEqual(pairs.map(([text]) => text));
  });

  test("a table gives back every value under its key", () => {
    const keys = texts(8, 200).filter((text) => oneLine(text) && !/^$|^#|["\\\s]|:$/.test(text));
    const pairs = quotedBy(
      (text) => postfixEntry("key", text),
      (text) => oneLine(text) && !/^$|^\s|\s$/.test(text),
      texts(9),
    );
    const entries = [
      ...[...new Set(keys.map((key) => key.toLowerCase()))].map((key) => [key, "found"] as const),
      ...pairs.map(([text], index) => [`key${index}`, text] as const),
    ];
    const folder = stage({ table: entries.map(([key, value]) => postfixEntry(key, value)).join("") });
    const says = runInChroot(["postmap", "-q", "-", `texthash:${folder}/table`], {
      input: entries.map(([key]) => `${key}\n`).join(""),
    });
    expect(says.stderr).toBe("");
    // postmap answers with the key as it was asked for.
    expect(says.stdout.split("\n").slice(0, -1)).toEqual(entries.map(([key, value]) => `${key}\t${value}`));
  });

  test("a pattern matches its own text and no other", () => {
    const pairs = quotedBy(postfixPattern, oneLine, texts(10, 200)).filter(([text]) => text !== "");
    const folder = stage({
      table: pairs.map(([, pattern], index) => `/^n${index}-${pattern}$/ ${index}\n`).join(""),
    });
    const says = runInChroot(["postmap", "-q", "-", `regexp:${folder}/table`], {
      input: pairs.map(([text], index) => `n${index}-${text}\n`).join(""),
    });
    expect(says.stderr).toBe("");
    expect(says.stdout.split("\n").slice(0, -1)).toEqual(pairs.map(([text], index) => `n${index}-${text}\t${index}`));
  });
});

describe("what a table cannot say is refused", () => {
  test.each([["#a"], ['"a b"'], ['a"b'], ["a:"], ["a b"], ["a\tb"], [""], ["a\nb"]])("the key %j", (key) => {
    expect(() => postfixEntry(key, "v")).toThrow(/cannot be written in a table of Postfix/);
  });
  test.each([["a\nb c"], [""], [" a"], ["a "], ["a\0"]])("the value %j", (value) => {
    expect(() => postfixEntry("k", value)).toThrow(/cannot be written in a table of Postfix/);
  });
});

describeInChroot("Dovecot", () => {
  test("reads back what was said", () => {
    const pairs = quotedBy(dovecotValue, oneLine, texts(11)).filter(([text]) => text !== "");
    // The values of a list of strings; each is shown on a line of its own.
    const lines = pairs.map(([, value], index) => `  n${index} = ${value}\n`);
    const folder = stage({
      "d.conf": `dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\nimap_id_send {\n${lines.join("")}}\n`,
    });
    const says = inChroot("doveconf", "-c", `${folder}/d.conf`, "-n", "imap_id_send");
    expect(says.stderr).toBe("");
    const shown = new Map(
      [...says.stdout.matchAll(/^ {2}n(\d+) = ([^\n]*)$/gm)].map(([, index, value = ""]) => [Number(index), value]),
    );
    const meant = (value: string) => value.replace(/%(%*\{)/g, "$1");
    // It shows in quotes what would not be the same without.
    const forms = (value: string) => [meant(value), meant(value.slice(1, -1).replace(/\\(.)/gs, "$1"))];
    const other = pairs.filter(([text], index) => !forms(shown.get(index) ?? "").includes(text));
    expect(other).toEqual([]);
  });
});

test("ordinary values keep the form they had", () => {
  expect(postfixValue("postmaster@example.org")).toBe("postmaster@example.org");
  expect(postfixEntry("@example.org", "a@x, b@y")).toBe("@example.org a@x, b@y\n");
  expect(postfixPattern("mail1.example.org")).toBe("mail1\\.example\\.org");
  expect(dovecotValue("postmaster@example.org")).toBe("postmaster@example.org");
  expect(dovecotValue("192.0.2.1 2001:db8::1")).toBe("192.0.2.1 2001:db8::1");
  expect(dovecotValue("a # b")).toBe('"a # b"');
  expect(passwdField("o'brien@example.org")).toBe("o'brien@example.org");
  expect(rspamdEntry("o'brien@example.org", "a@x,b@x")).toBe("o'brien@example.org a@x,b@x\n");
});

test("fields and maps without escapes refuse what would end them", () => {
  quotedBy(passwdField, (text) => wellFormed(text) && !/^#|[:\0\s]/.test(text));
  quotedBy(
    (text) => rspamdEntry(text, "v"),
    (text) => wellFormed(text) && !/^$|[\s"\\#\0]/.test(text),
  );
});

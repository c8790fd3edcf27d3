/** What others wrote is shown so that it cannot act on a terminal, hide, or be read in another order than it has. */
import { visible, visibleJson, visibleLine } from "../../system/visible";

test.each([
  ["a cleared screen", "\u001b[2J\u001b[H", "\\x1b[2J\\x1b[H"],
  ["a title and a link (OSC)", "\u001b]8;;https://x\u0007y\u009c", "\\x1b]8;;https://x\\x07y\\x9c"],
  ["C1: CSI in one byte", "\u009b31m", "\\x9b31m"],
  ["a line written over", "evil\rgood", "evil\\x0dgood"],
  ["NUL, backspace, DEL", "\0\b\u007f", "\\x00\\x08\\x7f"],
  [
    "overrides and isolates",
    "\u202aa\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    "\\u202aa\\u202b\\u202c\\u202d\\u202e\\u2066\\u2067\\u2068\\u2069",
  ],
  ["marks of direction", "\u200e\u200f\u061c", "\\u200e\\u200f\\u061c"],
  ["zero width", "\u200b\u200c\u200d\u2060\ufeff", "\\u200b\\u200c\\u200d\\u2060\\ufeff"],
  ["separators", "\u2028\u2029", "\\u2028\\u2029"],
  ["lone surrogates", "a\ud800b\udc00", "a\\ud800b\\udc00"],
  ["tags, that no eye sees", "\u{e0041}\u{e0100}", "\\u{e0041}\\u{e0100}"],
  ["fillers", "\u3164\u115f\u034f\u00ad", "\\u3164\\u115f\\u034f\\xad"],
])("%s", (_what, text, shown) => {
  expect(visible(text)).toBe(shown);
  expect(visibleLine(text)).toBe(shown);
});

test("letters of all scripts, signs and pictures stay", () => {
  const text = "héllo, שלום, مرحبا, 日本語, Ελλάδα, 🙂 — “x” \\x1b";
  expect(visible(text)).toBe(text);
});

test("lines and tabs stay in a text, and are escapes in a line, which has an end", () => {
  expect(visible("a\tb\nc")).toBe("a\tb\nc");
  expect(visibleLine("a\tb\nc")).toBe("a\\tb\\nc");
  expect(visibleLine("x".repeat(2000))).toBe(`${"x".repeat(500)}… (2000 characters)`);
});

test("JSON is the same to a parser, and has nothing unseen in it", () => {
  const value = { "\u202e": ["\u001b]0;x\u0007", "\u009b", "\u{e0041}", "\ud800", "é"] };
  const text = visibleJson(value);
  expect(JSON.parse(text)).toEqual(value);
  expect(visible(text)).toBe(text);
  expect(text).toContain("é");
});

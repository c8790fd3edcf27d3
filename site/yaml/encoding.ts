/** From the bytes of a file to its text: UTF-8, with a byte order mark or without; anything else is named with its cure. */
import type { YamlFault } from "./node";

/** Encodings by the bytes that a text in them begins with; `null` is any byte but zero. The first that fits wins. */
const OTHERS: [name: string, begins: (number | null)[]][] = [
  ["UTF-32LE", [0xff, 0xfe, 0, 0]],
  ["UTF-32BE", [0, 0, 0xfe, 0xff]],
  ["UTF-16LE", [0xff, 0xfe]],
  ["UTF-16BE", [0xfe, 0xff]],
  ["UTF-32LE", [null, 0, 0, 0]],
  ["UTF-32BE", [0, 0, 0, null]],
  ["UTF-16LE", [null, 0, null, 0]],
  ["UTF-16BE", [0, null, 0, null]],
];

/** Lines with bytes that are no UTF-8 that are named. */
const NAMED = 20;

/** The text, and what is wrong with its encoding: then nothing else of it can be judged. */
export function decode(bytes: Uint8Array): { text: string; faults: YamlFault[] } {
  const fits = ([, begins]: (typeof OTHERS)[number]) =>
    bytes.length >= begins.length && begins.every((byte, i) => (byte === null ? bytes[i] !== 0 : bytes[i] === byte));
  const other = OTHERS.find(fits)?.[0];
  if (other !== undefined) {
    const fault = {
      offset: 0,
      message: `the file is ${other.slice(0, 6)} (${other.endsWith("LE") ? "little" : "big"} endian)`,
      given: other,
      allowed: "UTF-8",
      hint: `convert it: \`iconv -f ${other} -t UTF-8 FILE > NEW\`, or save it as UTF-8 in the editor`,
    };
    return { text: "", faults: [fault] };
  }
  // A mark is no part of the text; the decoder drops it.
  const text = new TextDecoder("utf-8").decode(bytes);
  if (!text.includes("\uFFFD")) return { text, faults: [] };
  return { text, faults: strayBytes(bytes, bytes[0] === 0xef ? 3 : 0) };
}

/** The first byte of each line that is no UTF-8, as an offset into the decoded text. */
function strayBytes(bytes: Uint8Array, start: number): YamlFault[] {
  const faults: YamlFault[] = [];
  let offset = 0;
  let told = false;
  for (let at = start; at < bytes.length && faults.length < NAMED; ) {
    const byte = bytes[at] ?? 0;
    const length = lengthAt(bytes, at);
    if (byte === 0x0a) told = false;
    if (length === 0) {
      if (!told) faults.push(stray(byte, offset));
      told = true;
    }
    at += Math.max(1, length);
    offset += length === 4 ? 2 : 1;
  }
  return faults;
}

/** Length of the character that begins here, RFC 3629 §4; 0 where none does. */
function lengthAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length =
    first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  const second = bytes[at + 1] ?? 0;
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (length === 0 || second < least || second > most) return 0;
  for (let i = 2; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}

function stray(byte: number, offset: number): YamlFault {
  const given = `0x${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  const meant = new TextDecoder("windows-1252").decode(Uint8Array.of(byte));
  return {
    offset,
    message: `the byte ${given} is no UTF-8`,
    given,
    allowed: "UTF-8",
    hint: `in Windows-1252 (Latin-1) it would be "${meant}": convert the file, \`iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW\`, or save it as UTF-8`,
  };
}

/** Damage to bytes: pieces that go, come, move, swap with those of other inputs, or come again and again. */

/** A number below another one, by chance that can be repeated. */
export type Chance = (below: number) => number;

/** Bytes of an input at most: what is slow shows well below it. */
export const LARGEST = 1 << 18;

/** Values at the edges of what formats hold. */
const EDGES = [
  ...[
    "",
    " ",
    "\n",
    "\r\n",
    "\t",
    "\0",
    "\x1b[2J",
    "\u00a0",
    "\u202e",
    "\ufeff",
    "é",
    "💌",
    "\\",
    '"',
    "'",
    "`",
    "#",
    ";",
  ],
  ...[
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "<",
    ">",
    ":",
    ": ",
    ",",
    "- ",
    "---\n",
    "&a ",
    "*a",
    "!x ",
    "|",
    "%",
    "@",
    "$",
    "..",
    "/",
  ],
  ...["0", "-1", "1e9", "1e999", "NaN", "0x10", "4294967296", "9007199254740993", "9".repeat(400), "null", "true", "~"],
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "prototype", "<<"],
];

const pick = <T>(of: readonly T[], chance: Chance): T | undefined => of[chance(of.length)];

/** One to four strokes on a seed. */
export function mutate(seeds: readonly Buffer[], words: readonly string[], chance: Chance): Buffer {
  let bytes = pick(seeds, chance) ?? Buffer.alloc(0);
  for (let strokes = 1 + chance(4); strokes > 0; strokes--) bytes = stroke(bytes, seeds, words, chance);
  return bytes.subarray(0, LARGEST);
}

function stroke(bytes: Buffer, seeds: readonly Buffer[], words: readonly string[], chance: Chance): Buffer {
  const [from, to] = chance(3) === 0 ? piece(bytes, chance) : aligned(bytes, chance);
  const put = (middle: Buffer, until = to) => Buffer.concat([bytes.subarray(0, from), middle, bytes.subarray(until)]);
  switch (chance(9)) {
    case 0:
      return put(Buffer.alloc(0));
    case 1:
      return put(Buffer.from([chance(256)]), Math.min(bytes.length, from + 1));
    case 2:
      return put(Buffer.from(pick(EDGES, chance) ?? ""), from);
    case 3:
      return put(Buffer.from(pick(EDGES, chance) ?? ""));
    case 4:
      return put(Buffer.from(pick(words, chance) ?? ""), from);
    case 5:
      return put(Buffer.from(pick(words, chance) ?? ""));
    case 6: {
      // What stands elsewhere, there or in another input.
      const other = pick([bytes, ...seeds], chance) ?? bytes;
      return put(other.subarray(...aligned(other, chance)), chance(2) ? from : to);
    }
    case 7:
      return put(Buffer.from(Array.from({ length: chance(8) }, () => chance(256))));
    default:
      return put(repeated(bytes.subarray(from, to), 1 << chance(13)), to);
  }
}

/** Any piece, most often a small one. */
function piece(bytes: Buffer, chance: Chance): [number, number] {
  const from = chance(bytes.length + 1);
  return [from, Math.min(bytes.length, from + chance(1 << (1 + chance(8))))];
}

const isWord = (byte: number | undefined) =>
  byte !== undefined && (byte > 127 || /[\w.@+-]/.test(String.fromCharCode(byte)));

/** A line, or a word. */
function aligned(bytes: Buffer, chance: Chance): [number, number] {
  let [from, to] = [chance(bytes.length + 1), 0];
  to = from;
  const within = chance(2) === 0 ? isWord : (byte: number | undefined) => byte !== undefined && byte !== 0x0a;
  while (from > 0 && within(bytes[from - 1])) from--;
  while (within(bytes[to])) to++;
  if (within !== isWord && bytes[to] === 0x0a) to++;
  return [from, to];
}

function repeated(bytes: Buffer, times: number): Buffer {
  const most = bytes.length === 0 ? 0 : Math.ceil(LARGEST / bytes.length);
  return Buffer.concat(Array(Math.min(times, most)).fill(bytes));
}

/**
 * The input without what its failure does not need: pieces are taken out, large ones first, while `fails` says that it fails
 * the same way. It ends after `milliseconds` with the smallest found.
 */
export async function minimise(
  input: Buffer,
  fails: (smaller: Buffer) => Promise<boolean>,
  milliseconds: number,
): Promise<Buffer> {
  const end = Date.now() + milliseconds;
  let smallest = input;
  for (let size = Math.ceil(input.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest.length && Date.now() < end; ) {
      const smaller = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)]);
      if (await fails(smaller)) smallest = smaller;
      else at += size;
    }
  }
  return smallest;
}

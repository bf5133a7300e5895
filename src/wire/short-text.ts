// Texts out of bytes, where a call into the engine costs more than the text: words of up to 16 bytes come from a table
// of those seen last; somewhat longer ones are made by one call with all their characters.

/** Texts up to here are looked up in the table. */
const WORD_BYTES_MAX = 16;
/** Texts up to here are made in JavaScript, if they are plain ASCII. */
const SHORT_BYTES_MAX = 48;
const TABLE_SLOTS = 1_024;
const TABLE_SHIFT = 22;

/** The words seen last, by a hash of their bytes; a new one takes the place of the old. */
export class WordTable {
  readonly keys = new Int32Array(TABLE_SLOTS * 4);
  readonly lengths = new Uint8Array(TABLE_SLOTS);
  readonly words: string[] = new Array(TABLE_SLOTS).fill("");
}

/** The UTF-8 text of `length` bytes at `at`. */
export function readText(
  table: WordTable,
  bytes: Buffer,
  view: DataView,
  at: number,
  length: number,
): string {
  if (length === 0) return "";
  if (length <= WORD_BYTES_MAX && at + WORD_BYTES_MAX <= bytes.length) {
    return readWord(table, bytes, view, at, length);
  }
  if (length <= SHORT_BYTES_MAX) {
    const text = readAscii(bytes, at, length);
    if (text !== undefined) return text;
  }
  return bytes.toString("utf8", at, at + length);
}

function readWord(table: WordTable, bytes: Buffer, view: DataView, at: number, length: number): string {
  // Bytes behind the text are shifted out of the last word that holds some of it.
  let a = view.getInt32(at, true);
  let b = 0;
  let c = 0;
  let d = 0;
  const rest = (-length & 3) << 3;
  if (length > 4) {
    b = view.getInt32(at + 4, true);
    if (length > 8) {
      c = view.getInt32(at + 8, true);
      if (length > 12) d = view.getInt32(at + 12, true) << rest;
      else c <<= rest;
    } else b <<= rest;
  } else a <<= rest;
  const mixed = Math.imul(a ^ Math.imul(b, 5) ^ Math.imul(c, 11) ^ Math.imul(d, 23) ^ length, 0x9e3779b1);
  const slot = mixed >>> TABLE_SHIFT;
  const { keys, lengths, words } = table;
  const key = slot << 2;
  if (
    lengths[slot] === length &&
    keys[key] === a &&
    keys[key + 1] === b &&
    keys[key + 2] === c &&
    keys[key + 3] === d
  ) {
    return words[slot] as string;
  }
  const word = readAscii(bytes, at, length) ?? bytes.toString("utf8", at, at + length);
  lengths[slot] = length;
  keys[key] = a;
  keys[key + 1] = b;
  keys[key + 2] = c;
  keys[key + 3] = d;
  words[slot] = word;
  return word;
}

type AsciiReader = (bytes: Buffer, at: number) => string | undefined;
const readers: (AsciiReader | undefined)[] = [];

function readAscii(bytes: Buffer, at: number, length: number): string | undefined {
  let reader = readers[length];
  if (reader === undefined) {
    reader = compileReader(length);
    readers[length] = reader;
  }
  return reader(bytes, at);
}

/** Reads all bytes first, then makes the text of them in one call, unless one of them is no ASCII. */
function compileReader(length: number): AsciiReader {
  const names = Array.from({ length }, (_, i) => `c${i}`);
  const reads = names.map((name, i) => `${name} = bytes[at + ${i}]`);
  return new Function(
    "bytes",
    "at",
    `const ${reads.join(", ")};
    return ((${names.join(" | ")}) & 0x80) === 0 ? String.fromCharCode(${names.join(", ")}) : undefined;`,
  ) as AsciiReader;
}

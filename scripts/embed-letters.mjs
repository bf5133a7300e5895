#!/usr/bin/env node
// Writes src/compute/embed-letters.ts: what `embed` knows of Unicode, taken from the Unicode data of the Node that runs
// this. `node scripts/embed-letters.mjs` writes it anew; embeddings that were kept then no longer compare with new ones
// of texts in which a letter changed.
// Why a table in the repository: the Unicode data of Node differs from version to version, embeddings must not.

import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const CODE_POINTS = 0x110000;
const LINE_CHARS = 108;
const SEPARATES = 0;
const JOINS = 1;
const ALONE = 2;
const SKIPPED = 3;
const ACCENTS = /^[\u0300-\u036f]*$/u;

function kindOf(codePoint, char) {
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) return SEPARATES;
  if (/^[\p{Default_Ignorable_Code_Point}\u0300-\u036f]$/u.test(char)) return SKIPPED;
  if (char === "\ufffd") return SEPARATES;
  if (/^[\p{Ideographic}\p{So}]$/u.test(char)) return ALONE;
  return /^[\p{L}\p{N}\p{M}]$/u.test(char) ? JOINS : SEPARATES;
}

/** Lower case, final sigma and its like by way of the upper case, without accents, and of the usual width. */
function fold(codePoint, char) {
  const upper = [...char.toUpperCase()];
  const [lower] = (upper.length === 1 ? upper[0] : char).toLowerCase();
  const isWide = codePoint >= 0xff00 && codePoint <= 0xffef;
  const [base, ...rest] = lower.normalize(isWide ? "NFKD" : "NFD");
  return (ACCENTS.test(rest.join("")) ? base : lower).codePointAt(0);
}

/** (distance to the folded form) · 4 + kind */
function entryOf(codePoint) {
  const char = String.fromCodePoint(codePoint);
  const kind = kindOf(codePoint, char);
  return kind === JOINS ? (fold(codePoint, char) - codePoint) * 4 + kind : kind;
}

function* runsOf(entries) {
  for (let first = 0, next = 0; first < CODE_POINTS; first = next) {
    while (next < CODE_POINTS && entries[next] === entries[first]) next++;
    const entry = entries[first].toString(36);
    yield next - first === 1 ? entry : `${(next - first).toString(36)}*${entry}`;
  }
}

function* linesOf(words) {
  let line = "";
  for (const word of words) {
    if (line.length + word.length + 1 > LINE_CHARS) {
      yield line;
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  yield line;
}

const entries = Int32Array.from({ length: CODE_POINTS }, (_, codePoint) => entryOf(codePoint));
const lines = [...linesOf(runsOf(entries))].map((line) => `  "${line}",\n`);
const { unicode } = process.versions;
const text = `// Written by scripts/embed-letters.mjs from Unicode ${unicode}: kind and folded form of every code point.
//
// Runs from U+0000 on, numbers in base 36: "count*entry", or "entry" for a count of 1, where
//   entry = (folded code point − code point) · 4 + kind
//   kind    0 separates words, 1 joins its neighbours to a word, 2 is a word of its own, 3 is passed over

export const LETTERS_UNICODE = "${unicode}";

export const LETTER_RUNS: readonly string[] = [
${lines.join("")}];
`;
const rootDir = dirname(dirname(fileURLToPath(import.meta.url)));
writeFileSync(join(rootDir, "src/compute/embed-letters.ts"), text);

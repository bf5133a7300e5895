import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadAddon } from "../../src/base/addon.js";
import { EMBEDDING_DIMS } from "../../src/compute/embed.js";
import { LETTER, makeLetterTable } from "../../src/compute/embed-features.js";
import { LETTERS_UNICODE } from "../../src/compute/embed-letters.js";
import { createEmbedder } from "../../src/compute/embedder.js";
import { GOLDEN_EMBEDDINGS } from "./golden-embeddings.js";

const { addon } = loadAddon();
const engines = addon === undefined ? [undefined] : [undefined, addon];
const embedders = engines.map(createEmbedder);
const seed = Math.floor(Math.random() * 0x7fff_ffff);
console.log(`embed: seed ${seed}`);

/** Any 16-bit units, so lone surrogates too. */
const units = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
  maxLength: 300,
});
const surrogates = fc.string({ unit: fc.constantFrom("a", "é", " ", "\ud83d", "\ude00", "\u0301", "鯨") });
const points = fc.string({ unit: "binary", maxLength: 300 });
const latin = fc.string({ unit: "binary-ascii", maxLength: 2_000 });
const repeated = fc
  .tuple(fc.constantFrom("ab ", "whale", "x", "é ", "鯨"), fc.integer({ min: 400, max: 40_000 }))
  .map(([word, times]) => word.repeat(times));
const anyText = fc.oneof(units, surrogates, points, latin, repeated);

function cosine(left: Float32Array, right: Float32Array): number {
  return left.reduce((sum, value, index) => sum + value * right[index]!, 0);
}

function lengthOf(vector: Float32Array): number {
  return Math.sqrt(cosine(vector, vector));
}

describe.each(embedders)("an embedder on the $kind engine", (embedder) => {
  it.each(GOLDEN_EMBEDDINGS)("gives the golden vector of “$text”", ({ text, start, sha256 }) => {
    const vector = embedder.embed(text);
    expect(vector).toHaveLength(EMBEDDING_DIMS);
    expect([...vector.filter((value) => value !== 0)].slice(0, start.length)).toEqual(start.map(Math.fround));
    const bytes = new Uint8Array(vector.buffer);
    expect(createHash("sha256").update(bytes).digest("hex").slice(0, 16)).toBe(sha256);
  });

  it("gives zero for a text without words", () => {
    const zero = new Float32Array(EMBEDDING_DIMS);
    for (const text of ["", " \t\n", ".,;:!?", "\ud800", "\u0301\u200d", "\u0000"]) {
      expect(embedder.embed(text)).toEqual(zero);
    }
  });

  it("does not tell upper from lower case, nor composed from decomposed letters, nor one gap from another", () => {
    const wanted = embedder.embed("das große kafe οδος ежик");
    for (const text of [
      "Das GROßE Kafé, ΟΔΌΣ, ёжик",
      "  das große kafe\u0301 (οδοσ) е\u0308жик…",
      "das\ud800große ｋａｆｅ Οδός\tЕжик",
    ]) {
      expect(embedder.embed(text)).toEqual(wanted);
    }
  });

  it("takes an ideograph and an emoji for words, and a lone surrogate for a gap", () => {
    expect(embedder.embed("鯨海")).toEqual(embedder.embed("鯨 海"));
    expect(embedder.embed("🐋ahoy")).toEqual(embedder.embed("🐋 ahoy"));
    expect(embedder.embed("white\udc0bwhale\ud83d")).toEqual(embedder.embed("white whale"));
    expect(lengthOf(embedder.embed("🐋"))).toBeCloseTo(1, 6);
  });

  it("puts texts about the same closer together than others", () => {
    const query = embedder.embed("Fix the failing unit tests of the payment service");
    const near = embedder.embed("payment service: unit test failures need fixing");
    const far = embedder.embed("Translate this poem about autumn leaves into French");
    expect(cosine(query, near)).toBeGreaterThan(0.4);
    expect(cosine(query, far)).toBeLessThan(0.2);
  });

  it("gives every text with words unit length, whatever they are", () => {
    const table = makeLetterTable();
    for (let point = 0; point < 0x10000; point++) {
      const kind = table.entries[(table.blocks[point >> 7]! << 7) | (point & 127)]! & 3;
      const length = lengthOf(embedder.embed(String.fromCodePoint(point)));
      const isWord = kind === LETTER.joins || kind === LETTER.alone;
      if (Math.abs(length - (isWord ? 1 : 0)) > 1e-6)
        expect({ point, length, isWord }).toBe("of unit length");
    }
    const hasUnitLength = fc.property(anyText, (text) => {
      const length = lengthOf(embedder.embed(text));
      expect(Math.min(Math.abs(length - 1), length)).toBeLessThan(1e-6);
    });
    fc.assert(hasUnitLength, { seed, numRuns: 200 });
  });

  it("writes into the array it is given and leaves nothing behind for the next text", () => {
    const out = new Float32Array(EMBEDDING_DIMS).fill(7);
    const first = embedder.embed("the first text, and quite another");
    expect(embedder.embed("second", out)).toBe(out);
    expect(out).toEqual(embedder.embed("second"));
    expect(embedder.embed("the first text, and quite another")).toEqual(first);
    expect(() => embedder.embed("x", new Float32Array(255))).toThrow("invariant broken");
  });

  it("gives the same asynchronously, also for several long texts at once", async () => {
    const texts = ["", "short", "x🐋é 鯨 whale".repeat(30_000), "🐋".repeat(65_536), "a b c ".repeat(50_000)];
    const pending = texts.map((text) => embedder.embedAsync(text));
    const meanwhile = embedder.embed("meanwhile");
    expect(await Promise.all(pending)).toEqual(texts.map((text) => embedder.embed(text)));
    expect(embedder.embed("meanwhile")).toEqual(meanwhile);
  });
});

describe("the engines of embed", () => {
  it.runIf(addon !== undefined)("give the same bits for any string", () => {
    const [js, native] = embedders;
    const same = fc.property(anyText, (text) => {
      expect(native!.embed(text)).toEqual(js!.embed(text));
    });
    fc.assert(same, { seed, numRuns: 1_500 });
  });
});

describe("the table of letters", () => {
  it.runIf(process.versions.unicode === LETTERS_UNICODE)("says of each code point what Unicode says", () => {
    const { blocks, entries } = makeLetterTable();
    const wrong: number[] = [];
    for (let point = 0; point < 0x110000; point++) {
      const char = String.fromCodePoint(point);
      const entry = entries[(blocks[point >> 7]! << 7) | (point & 127)]!;
      const isWord = (entry & 3) === LETTER.joins || (entry & 3) === LETTER.alone;
      const mayBeWord = /^[\p{L}\p{N}\p{M}\p{So}]$/u.test(char);
      const isLower = char.toLowerCase() === String.fromCodePoint(point + (entry >> 2));
      const isCased =
        /^[\p{Lu}]$/u.test(char) && char.normalize("NFKD") === char && [...char.toLowerCase()].length === 1;
      if ((isWord && !mayBeWord) || (/^\p{L}$/u.test(char) && !isWord && (entry & 3) !== LETTER.skipped))
        wrong.push(point);
      if (isCased && !isLower) wrong.push(point);
    }
    expect(wrong.map((point) => point.toString(16))).toEqual([]);
  });
});

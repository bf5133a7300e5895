// How like a task's words are to those of each agent: the semantic term where agents are described in words and not by
// embeddings of their own (embed.ts says what likeness is).
// Why by voice: agents of one definition say the same, so a text is embedded and compared once, however many share it;
// and where all of them say the same there is nothing to choose by, so nobody looks at the task's words at all.

import type { TextEmbedder } from "./embed.js";
import type { Engines } from "./engines.js";
import { EMBEDDING_LENGTH } from "./rank-query.js";

/** The agents among whom a task is given away, by what they say. */
export interface Voices {
  /** Their rows in the table of agents, and which voice each one has. */
  readonly rows: Uint32Array;
  readonly voiceOf: Uint32Array;
  /** One for each voice. */
  readonly embeddings: Float32Array;
  /** Zeros, one for each voice: the bits that an engine looks at. */
  readonly bits: Uint32Array;
  /** One for each voice: room for the comparison. */
  readonly likeness: Float32Array;
}

/** Texts remembered with their embeddings, 1 KiB each. */
const TEXTS_MAX = 4_096;

export class Likeness {
  readonly #engines: Pick<Engines, "rank" | "makeEmbedder">;
  /** Made when first needed: its tables take half a megabyte. */
  #embedder: TextEmbedder | undefined = undefined;
  readonly #embeddings = new Map<string, Float32Array>();
  readonly #task = new Float32Array(EMBEDDING_LENGTH);
  #column = new Float32Array(0);

  constructor(engines: Pick<Engines, "rank" | "makeEmbedder">) {
    this.#engines = engines;
  }

  /** What the agents in `rows` say, `texts` in the same order; undefined where all of them say the same. */
  voicesOf(rows: readonly number[], texts: readonly string[]): Voices | undefined {
    const indexOf = new Map<string, number>();
    const voiceOf = new Uint32Array(rows.length);
    for (const [place, text] of texts.entries()) {
      let index = indexOf.get(text);
      if (index === undefined) indexOf.set(text, (index = indexOf.size));
      voiceOf[place] = index;
    }
    const count = indexOf.size;
    if (count < 2) return undefined;
    const embeddings = new Float32Array(count * EMBEDDING_LENGTH);
    for (const [text, index] of indexOf) embeddings.set(this.#embeddingOf(text), index * EMBEDDING_LENGTH);
    const bits = new Uint32Array(count);
    return { rows: Uint32Array.from(rows), voiceOf, embeddings, bits, likeness: new Float32Array(count) };
  }

  /**
   * The likeness of a task's words to those of each agent among `voices`, by row of a table with `tableRows` rows: the
   * cosine mapped to 0 … 1. Undefined for a text without words. The array is reused by the next call; rows of other
   * agents hold what they held.
   */
  compare(text: string, voices: Voices, tableRows: number): Float32Array | undefined {
    const task = this.#embed(text, this.#task);
    if (task.every((value) => value === 0)) return undefined;
    const { rows, voiceOf, embeddings, bits, likeness } = voices;
    this.#engines.rank.compare(
      { eligible: bits },
      { rows: bits.length, care: 0, want: 0 },
      embeddings,
      task,
      likeness,
    );
    if (this.#column.length < tableRows) this.#column = new Float32Array(tableRows);
    const column = this.#column;
    for (let place = 0; place < rows.length; place++) column[rows[place]!] = likeness[voiceOf[place]!]!;
    return column;
  }

  #embeddingOf(text: string): Float32Array {
    const known = this.#embeddings.get(text);
    if (known !== undefined) return known;
    if (this.#embeddings.size >= TEXTS_MAX) this.#embeddings.clear();
    const made = this.#embed(text, new Float32Array(EMBEDDING_LENGTH));
    this.#embeddings.set(text, made);
    return made;
  }

  #embed(text: string, out: Float32Array): Float32Array {
    this.#embedder ??= this.#engines.makeEmbedder();
    return this.#embedder.embed(text, out);
  }
}

// JSON text to tokens, slice by slice, with stream-json; and the exact place of an error.
// Why two passes on an error: the tokenizer is fast because it keeps no positions. Only when it refuses the text is the
// input opened again and run through the verifier, which counts lines.
// Why a bound on silence: a value that does not end yields no token, and would be kept in memory until it does.

import { jsonParser, type Token } from "stream-json/core/parser.js";
import { jsonVerifier } from "stream-json/core/utils/verifier.js";
import { badInput } from "../stream/bad-input.js";
import type { Pacer } from "../stream/pacing.js";

/** A single value (a text, a run of white space) must end within this many characters. */
const VALUE_CHARS_MAX = 1_048_576;

export type JsonToken = Token;

export interface JsonSource {
  readonly slices: AsyncIterable<string>;
  /** The same text once more, for finding the place of an error. */
  readonly again: () => Promise<AsyncIterable<string>>;
  /** Values follow one another, as in NDJSON, instead of one value. */
  readonly sequence: boolean;
}

const PACKED = { streamValues: false, packValues: true };

/** Calls `take` for every token of the text. */
export async function readTokens(
  source: JsonSource,
  take: (token: JsonToken) => void,
  pacer: Pacer,
): Promise<void> {
  const parse = jsonParser({ ...PACKED, jsonStreaming: source.sequence });
  let silentChars = 0;
  let depth = 0;
  const feed = (slice: string): void => {
    const result = parse(slice) as unknown;
    const tokens =
      typeof result === "object" && result !== null ? (result as { values: JsonToken[] }).values : [];
    silentChars = tokens.length > 0 ? 0 : silentChars + slice.length;
    for (const token of tokens) {
      if (token.name === "startObject" || token.name === "startArray") depth += 1;
      else if (token.name === "endObject" || token.name === "endArray") depth -= 1;
      take(token);
    }
  };
  for await (const slice of source.slices) {
    try {
      feed(slice);
    } catch (error) {
      throw isSyntaxError(error) ? await locate(source, error as Error, pacer) : error;
    }
    if (silentChars > VALUE_CHARS_MAX) {
      throw badInput(
        "VALUE_TOO_LARGE",
        `A single JSON value is longer than ${VALUE_CHARS_MAX} characters; expected a table of shorter cells.`,
      );
    }
    await pacer.step(slice.length);
  }
  // White space ends a number at the very end of the text.
  feed("\n");
  if (depth > 0) {
    throw badInput(
      "BAD_JSON",
      `The JSON text ends inside an object or array (${depth} still open). It is probably cut off.`,
      {
        open: depth,
      },
    );
  }
}

function isSyntaxError(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Parser ");
}

async function locate(source: JsonSource, error: Error, pacer: Pacer): Promise<Error> {
  const verify = jsonVerifier({ jsonStreaming: source.sequence });
  const reason = error.message.replace(/^Parser (cannot parse input: |has )/, "");
  try {
    for await (const slice of await source.again()) {
      verify(slice);
      await pacer.step(slice.length);
    }
  } catch (place) {
    const { line, pos, offset } = place as { line?: number; pos?: number; offset?: number };
    if (line === undefined) throw place;
    return badInput("BAD_JSON", `The JSON text is wrong at line ${line}, column ${pos}: ${reason}.`, {
      line,
      column: pos,
      offset,
    });
  }
  return badInput("BAD_JSON", `The JSON text is wrong: ${reason}.`);
}

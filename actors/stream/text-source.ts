// Bytes to text in small slices: finds the encoding from the first bytes, drops a byte order mark, refuses binary.
// The way through: `decodeText(chunks)` shows the first 64 KiB as `head` and yields everything in small `slices`.
// Why: 8 KiB is about 1 ms of parsing for the slowest parser behind this, so the event loop is never held for long.
// Why: files that are not valid UTF-8 are read as windows-1252 instead of being refused, because that is what old
// spreadsheets export; the encoding used is part of the result.

import { badInput } from "./bad-input.js";
import type { Pacer } from "./pacing.js";

/** Largest slice of text that is parsed between two chances to pause. */
export const SLICE_BYTES = 8_192;
/** How much of the input decides its encoding. */
const SNIFF_BYTES = 65_536;

export type TextEncodingName = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";

export interface DecodedText {
  readonly encoding: TextEncodingName;
  /** The first characters of the input (up to about 64 Ki), still to come in `slices`. */
  readonly head: string;
  readonly slices: AsyncIterable<string>;
}

function isValidUtf8(bytes: Uint8Array): boolean {
  try {
    // A character cut off by the end of the sample is not an error: `stream` keeps it back.
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** Finds the encoding of `bytes`, the beginning of an input; refuses what is not text. */
export function sniffEncoding(bytes: Uint8Array): TextEncodingName {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  if (bytes.includes(0)) {
    throw badInput(
      "NOT_TEXT",
      "The input holds zero bytes, so it is a binary file; expected text (CSV, JSON or plain text). Convert it first.",
      { first_bytes: Buffer.from(bytes.subarray(0, 16)).toString("hex") },
    );
  }
  return isValidUtf8(bytes) ? "utf-8" : "windows-1252";
}

async function takeHead(iterator: AsyncIterator<Uint8Array>, bytes: number): Promise<Uint8Array[]> {
  const head: Uint8Array[] = [];
  for (let total = 0; total < bytes; ) {
    const next = await iterator.next();
    if (next.done === true) break;
    head.push(next.value);
    total += next.value.byteLength;
  }
  return head;
}

async function* sliceText(
  head: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
  decoder: InstanceType<typeof TextDecoder>,
  pacer: Pacer,
): AsyncGenerator<string> {
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    yield* head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  };
  for await (const chunk of chunks()) {
    for (let start = 0; start < chunk.byteLength; start += SLICE_BYTES) {
      const slice = chunk.subarray(start, start + SLICE_BYTES);
      pacer.bytesRead += slice.byteLength;
      const text = decoder.decode(slice, { stream: true });
      if (text.length > 0) yield text;
    }
  }
  const last = decoder.decode();
  if (last.length > 0) yield last;
}

/** Decodes a byte stream, keeping its first 64 KiB at hand as `head`. An empty input is refused. */
export async function decodeText(chunks: AsyncIterable<Uint8Array>, pacer: Pacer): Promise<DecodedText> {
  pacer.signal?.throwIfAborted();
  const iterator = chunks[Symbol.asyncIterator]();
  const first = await takeHead(iterator, SNIFF_BYTES);
  const sample = Buffer.concat(first).subarray(0, SNIFF_BYTES);
  if (sample.length === 0) {
    throw badInput("EMPTY_INPUT", "The input has no bytes; expected a text of at least one character.");
  }
  const encoding = sniffEncoding(sample);
  const head = new TextDecoder(encoding).decode(sample, { stream: true });
  return { encoding, head, slices: sliceText(first, iterator, new TextDecoder(encoding), pacer) };
}

/** An inline text as the stream of bytes that the readers expect. */
export async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text, "utf8");
}

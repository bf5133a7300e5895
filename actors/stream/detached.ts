// V8 represents longer substrings as a view that keeps the whole parent text alive. A text that is kept for the whole
// run is copied first, or a few column names would hold many slices of the input in memory.

const SLICED_CHARS = 13;

/** A copy of `text` that does not keep the text it was cut from. */
export function detached(text: string): string {
  return text.length < SLICED_CHARS ? text : Buffer.from(text, "utf16le").toString("utf16le");
}

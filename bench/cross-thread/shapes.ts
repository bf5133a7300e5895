// The messages every contender sends, and what the receiver makes of each: it must read the content, or a lazy decoder
// would look fast. The weights add up, so that one number proves that all arrived whole.

/** No text equals the one before it, as in life: what is sent may not be guessed from the last message. */
export const TEXTS_28_CHARS: readonly string[] = Array.from(
  { length: 64 },
  (_, i) => `please score this text nr ${10 + i}`,
);
export const BINARY_BYTES = 65_536;

export interface Typed {
  readonly type: string;
}

export interface Fields {
  readonly type: string;
  readonly id: number;
  readonly to: string;
  readonly text: string;
}

export const SHAPES = ["empty", "typed", "fields", "binary"] as const;
export type Shape = (typeof SHAPES)[number];

const binary = new Uint8Array(BINARY_BYTES).fill(1);

export function typedMessage(): Typed {
  return { type: "inc" };
}

export function fieldsMessage(index: number): Fields {
  return { type: "task.assign", id: index, to: "agent/42", text: TEXTS_28_CHARS[index & 63] as string };
}

/** Always the same bytes but for the first four, which hold the index. */
export function binaryMessage(index: number): Uint8Array {
  new DataView(binary.buffer).setUint32(0, index);
  return binary;
}

export function weighTyped({ type }: Typed): number {
  return type === "inc" ? 1 : 0;
}

export function weighFields({ type, id, to, text }: Fields): number {
  return type.length === 11 && to.length === 8 && text.length === 28 ? id : Number.NaN;
}

export function weighBinary(bytes: Uint8Array): number {
  const index = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  return bytes.byteLength === BINARY_BYTES && bytes[BINARY_BYTES - 1] === 1 ? index : Number.NaN;
}

/** The message of a number, by shape. */
export const MESSAGES: Readonly<Record<Shape, (index: number) => unknown>> = {
  empty: () => undefined,
  typed: typedMessage,
  fields: fieldsMessage,
  binary: binaryMessage,
};

export const WEIGHTS: Readonly<Record<Shape, (message: never) => number>> = {
  empty: () => 1,
  typed: weighTyped,
  fields: weighFields,
  binary: weighBinary,
};

/** The sum of the weights of messages 0 to count − 1. */
export function expectedSum(shape: Shape, count: number): number {
  return shape === "empty" || shape === "typed" ? count : (count * (count - 1)) / 2;
}

/** What a receiver reports when it has seen everything. */
export interface Receipt {
  readonly count: number;
  readonly sum: number;
}

// How a payload lies in a ring: MessagePack, with some conventions of our own.
//
//   0x40…0x7f        an object of a known shape: the values follow, in the order of its keys
//   0xd4 0x72 id     names a shape: its keys follow as an array of texts, then the values of the first object
//   0xc7             the text that this field had in the last object of this shape
//   0xc1             padding, so that long binary starts at a multiple of 8 (shared memory is copied word by word then)
//   0xd4 0x01 0x00   the binary that follows is a Buffer; 0x02, 0x03: the array that follows is a Map's or a Set's
//   0xd7 0x10        a ref: address and generation, 32 bits each
//   0xc9 … 0x20      what msgpackr packed: dates, errors, arrays of numbers, big integers, patterns
//   0xc9 … 0x21      a text that has no UTF-8 form (half a surrogate pair), in UTF-16
//
// Why our own hand here and msgpackr elsewhere (2026-11): messages of a few short fields are what actors send, and for
// those msgpackr takes markedly longer; it also needs 2 KiB ahead of it and keeps its position per module.
// Source of the format: https://github.com/msgpack/msgpack/blob/master/spec.md.

export const NIL = 0xc0;
export const PADDING = 0xc1;
export const FALSE = 0xc2;
export const TRUE = 0xc3;
export const BIN_8 = 0xc4;
export const BIN_32 = 0xc6;
export const SAME_TEXT = 0xc7;
export const EXT_32 = 0xc9;
export const FLOAT_64 = 0xcb;
export const UINT_8 = 0xcc;
export const UINT_16 = 0xcd;
export const UINT_32 = 0xce;
export const INT_8 = 0xd0;
export const INT_16 = 0xd1;
export const INT_32 = 0xd2;
export const FIXEXT_1 = 0xd4;
export const FIXEXT_8 = 0xd7;
export const STR_8 = 0xd9;
export const STR_16 = 0xda;
export const STR_32 = 0xdb;
export const ARRAY_16 = 0xdc;
export const ARRAY_32 = 0xdd;
export const MAP_16 = 0xde;
export const MAP_32 = 0xdf;
export const FIXMAP = 0x80;
export const FIXARRAY = 0x90;
export const FIXSTR = 0xa0;
export const NEGATIVE_FIXINT = 0xe0;

export const EXTENSION_UNDEFINED = 0x00;
/** The binary that follows is a Buffer. */
export const EXTENSION_BUFFER = 0x01;
/** The array that follows holds keys and values of a Map in turn. */
export const EXTENSION_MAP = 0x02;
/** The array that follows holds what a Set holds. */
export const EXTENSION_SET = 0x03;
export const EXTENSION_REFERENCE = 0x10;
export const EXTENSION_FOREIGN = 0x20;
export const EXTENSION_UTF_16 = 0x21;
export const EXTENSION_SHAPE = 0x72;

/** Shapes have the numbers from here to 0x7f, so small integers end below. */
export const FIRST_SHAPE = 0x40;
export const SHAPES_MAX = 0x40;

/** Texts up to here are remembered, field by field, at both ends. */
export const REMEMBERED_CHARS_MAX = 64;
/**
 * Both ends compile a function for a shape when so many of its objects have passed: compiling takes as long as some
 * hundred objects. A field that among these had its last text again less often than this is not remembered any more.
 */
export const COMPILE_AFTER = 64;
export const REPEATS_MIN = 8;

/** What stands before binary of 256 bytes or more, padding aside. */
export const BIN_32_HEAD_BYTES = 5;

export function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

// Buffer's own method, without the questions that `write` asks first. Why: they take as long as the text.
declare global {
  interface Buffer {
    utf8Write(text: string, offset: number, maxBytes: number): number;
  }
}

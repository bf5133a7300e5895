// How a page of the journal lies in bytes. A page is what one group commit writes, as one record of LMDB. All numbers
// are little-endian; page numbers and sequences are doubles, exact up to 2^53.
//
//   0        4          8              16              24       28       32
//   +--------+----------+---------------+---------------+--------+--------+
//   | magic  | checksum | page number   | first sequence| count  | bytes  |
//   +--------+----------+---------------+---------------+--------+--------+
//   then `count` entries:
//   +--------+----------+------------------------+
//   | bytes  | crc32c   | the entry, MessagePack |
//   +--------+----------+------------------------+
//
// The checksum of the page is the CRC32C over the 8-byte heads of its entries, continued over header bytes 8 to 32.
// Why heads and not everything: each entry has its own CRC32C, so one entry of a large page can be read and checked
// without the rest, every byte is still covered, and no byte is summed twice.

import { crc32c } from "../base/crc32c.js";
import { CodedError } from "../base/errors.js";
import { invariant } from "../base/invariant.js";

const MAGIC = 0x31_50_56_48; // "HVP1" as bytes
const OFFSET_MAGIC = 0;
const OFFSET_CHECKSUM = 4;
const OFFSET_PAGE = 8;
const OFFSET_FIRST_SEQ = 16;
const OFFSET_COUNT = 24;
const OFFSET_BYTES = 28;
export const PAGE_HEADER_BYTES = 32;
export const ENTRY_HEAD_BYTES = 8;

/** Entries of one page are numbered in 16 bits of a location. */
export const PAGE_ENTRIES_MAX = 0x1_0000;

invariant(OFFSET_BYTES + 4 === PAGE_HEADER_BYTES, "the page header has no gap at its end");

/** Where an entry lies: its page and its place in it. Opaque to everybody but the store; it fits a double. */
export type Location = number & { readonly __id: "location" };

/** A location for entry `index` of page `page`. */
export function locationOf(page: number, index: number): Location {
  return (page * PAGE_ENTRIES_MAX + index) as Location;
}

export function pageOf(location: Location): number {
  return Math.floor(location / PAGE_ENTRIES_MAX);
}

export function indexOf(location: Location): number {
  return location % PAGE_ENTRIES_MAX;
}

export interface PageHeader {
  readonly page: number;
  readonly firstSeq: number;
  readonly count: number;
}

/** A page that is not what was written. `reason` says what gave it away. */
export class PageDamage extends CodedError {
  constructor(page: number, reason: string) {
    super("JOURNAL_CORRUPT", `page ${page} of the journal is damaged: ${reason}`, { data: { page, reason } });
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Writes the head of an entry whose bytes already lie behind it; answers the CRC continued over that head. */
export function writeEntryHead(page: Uint8Array, at: number, bytes: number, headsCrc: number): number {
  const body = at + ENTRY_HEAD_BYTES;
  const crc = crc32c(page, body, body + bytes);
  writeUint32(page, at, bytes);
  writeUint32(page, at + 4, crc);
  return crc32c(page, at, body, headsCrc);
}

function writeUint32(target: Uint8Array, at: number, value: number): void {
  target[at] = value;
  target[at + 1] = value >>> 8;
  target[at + 2] = value >>> 16;
  target[at + 3] = value >>> 24;
}

/** Closes a page: `page` is exactly its bytes, `headsCrc` the running CRC over its entry heads. */
export function writePageHeader(page: Uint8Array, header: PageHeader, headsCrc: number): void {
  const view = viewOf(page);
  view.setUint32(OFFSET_MAGIC, MAGIC, true);
  view.setFloat64(OFFSET_PAGE, header.page, true);
  view.setFloat64(OFFSET_FIRST_SEQ, header.firstSeq, true);
  view.setUint32(OFFSET_COUNT, header.count, true);
  view.setUint32(OFFSET_BYTES, page.length, true);
  view.setUint32(OFFSET_CHECKSUM, crc32c(page, OFFSET_PAGE, PAGE_HEADER_BYTES, headsCrc), true);
}

function readHeader(bytes: Uint8Array, view: DataView, page: number): PageHeader {
  if (bytes.length < PAGE_HEADER_BYTES)
    throw new PageDamage(page, `${bytes.length} bytes are less than a header`);
  if (view.getUint32(OFFSET_MAGIC, true) !== MAGIC)
    throw new PageDamage(page, "it does not begin like a page");
  const length = view.getUint32(OFFSET_BYTES, true);
  if (length !== bytes.length) throw new PageDamage(page, `it has ${bytes.length} bytes and says ${length}`);
  const number = view.getFloat64(OFFSET_PAGE, true);
  if (number !== page) throw new PageDamage(page, `it says that it is page ${number}`);
  return {
    page,
    firstSeq: view.getFloat64(OFFSET_FIRST_SEQ, true),
    count: view.getUint32(OFFSET_COUNT, true),
  };
}

/** The header of a page, unchecked beyond its own fields. Throws `PageDamage`. */
export function readPageHeader(bytes: Uint8Array, page: number): PageHeader {
  return readHeader(bytes, viewOf(bytes), page);
}

/** Checks every byte of a page. Answers its header and where each entry begins and ends. Throws `PageDamage`. */
export function checkPage(bytes: Uint8Array, page: number): { header: PageHeader; ranges: Uint32Array } {
  const view = viewOf(bytes);
  const header = readHeader(bytes, view, page);
  const room = Math.floor((bytes.length - PAGE_HEADER_BYTES) / ENTRY_HEAD_BYTES);
  if (header.count > room)
    throw new PageDamage(page, `${header.count} entries cannot lie in ${bytes.length} bytes`);
  const ranges = new Uint32Array(header.count * 2);
  let headsCrc = 0;
  let at = PAGE_HEADER_BYTES;
  for (let index = 0; index < header.count; index++) {
    const range = readEntryRange(bytes, view, page, index, at);
    headsCrc = crc32c(bytes, at, range.start, headsCrc);
    ranges[index * 2] = range.start;
    ranges[index * 2 + 1] = range.end;
    at = range.end;
  }
  if (at !== bytes.length) throw new PageDamage(page, `its entries end at byte ${at} of ${bytes.length}`);
  const checksum = crc32c(bytes, OFFSET_PAGE, PAGE_HEADER_BYTES, headsCrc);
  if (checksum !== view.getUint32(OFFSET_CHECKSUM, true)) throw new PageDamage(page, "its checksum is wrong");
  return { header, ranges };
}

/** The bytes of one entry, found by walking the heads before it and checked alone. Throws `PageDamage`. */
export function readEntry(bytes: Uint8Array, page: number, index: number): Uint8Array {
  const view = viewOf(bytes);
  const header = readHeader(bytes, view, page);
  if (index >= header.count)
    throw new PageDamage(page, `it has ${header.count} entries, not one at ${index}`);
  let at = PAGE_HEADER_BYTES;
  for (let before = 0; before < index; before++) {
    if (at + ENTRY_HEAD_BYTES > bytes.length)
      throw new PageDamage(page, `entry ${before} lies beyond its end`);
    at += ENTRY_HEAD_BYTES + view.getUint32(at, true);
  }
  const { start, end } = readEntryRange(bytes, view, page, index, at);
  return bytes.subarray(start, end);
}

function readEntryRange(bytes: Uint8Array, view: DataView, page: number, index: number, at: number) {
  const start = at + ENTRY_HEAD_BYTES;
  if (start > bytes.length) throw new PageDamage(page, `entry ${index} lies beyond its end`);
  const end = start + view.getUint32(at, true);
  if (end > bytes.length) throw new PageDamage(page, `entry ${index} lies beyond its end`);
  if (crc32c(bytes, start, end) !== view.getUint32(at + 4, true)) {
    throw new PageDamage(page, `the checksum of entry ${index} is wrong`);
  }
  return { start, end };
}

import { describe, expect, test } from "vitest";

import { crc32c } from "../../src/base/crc32c.js";

// Values of RFC 3720, appendix B.4.
const KNOWN: readonly (readonly [string, Uint8Array, number])[] = [
  ["the digits 1 to 9", Buffer.from("123456789"), 0xe3069283],
  ["32 zeros", new Uint8Array(32), 0x8a9136aa],
  ["32 times 255", new Uint8Array(32).fill(255), 0x62a8ab43],
  ["0 to 31", Uint8Array.from({ length: 32 }, (_, at) => at), 0x46dd794e],
  ["31 to 0", Uint8Array.from({ length: 32 }, (_, at) => 31 - at), 0x113fdb5c],
];

describe("CRC32C", () => {
  test.each(KNOWN)("of %s is the published value", (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });

  test("in two parts is the same as in one, wherever it is cut", () => {
    const bytes = Uint8Array.from({ length: 67 }, (_, at) => (at * 31) & 0xff);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(crc32c(bytes, cut, bytes.length, crc32c(bytes, 0, cut))).toBe(crc32c(bytes));
    }
  });
});

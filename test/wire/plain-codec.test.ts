import { Packr } from "msgpackr";
import { describe, expect, test } from "vitest";

import { EncodeError, packPlain, packPlainInto, unpackPlain } from "../../src/wire/codec.js";

describe("plain values", () => {
  test("come back as they were: text of any script, numbers, binary, dates, nesting", () => {
    const value = {
      text: "żółć 漢字 🐝".repeat(300),
      numbers: [0, -1, 2 ** 31, 2 ** 40, -(2 ** 52), 0.1, Number.MAX_SAFE_INTEGER],
      binary: new Uint8Array([1, 2, 255]),
      date: new Date(1_732_190_000_123),
      nested: { list: [{ a: null }, { b: undefined }, { c: true }] },
    };
    const back = unpackPlain(packPlain(value)) as typeof value;
    expect({ ...back, binary: [...back.binary] }).toEqual({ ...value, binary: [1, 2, 255] });
  });

  test("64-bit integers are numbers while they are exact, BigInt beyond", () => {
    expect(unpackPlain(packPlain(5n))).toBe(5);
    expect(unpackPlain(packPlain(2n ** 60n))).toBe(2n ** 60n);
  });

  test("decoded binary does not change with the bytes it came from", () => {
    const bytes = packPlain({ data: new Uint8Array([7, 7, 7]) });
    const back = unpackPlain(bytes) as { data: Uint8Array };
    bytes.fill(0);
    expect([...back.data]).toEqual([7, 7, 7]);
  });

  test("encoded bytes do not change with the next value that is encoded", () => {
    const first = packPlain({ n: 1 });
    packPlain({ n: 2 });
    expect(unpackPlain(first)).toEqual({ n: 1 });
  });

  test("a function and a cycle are refused, and the next value is encoded as if nothing had been", () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    expect(() => packPlain({ a: { callback() {} } })).toThrow(EncodeError);
    expect(() => packPlain(cycle)).toThrow(EncodeError);
    expect(() => packPlain(cycle)).toThrow("payload.self: is payload again");
    for (const misfit of [
      new WeakMap(),
      new WeakSet(),
      new WeakRef({}),
      new SharedArrayBuffer(8),
      Object(1),
    ]) {
      expect(() => packPlain({ list: [misfit] })).toThrow(/^payload\.list\[0\]: a \w+ cannot travel: /);
    }
    expect(unpackPlain(packPlain([1, 2]))).toEqual([1, 2]);
  });

  test("what would arrive as an empty object is refused with its path, and empty objects are not", () => {
    const iterator = [1][Symbol.iterator]();
    for (const [odd, kind] of [
      [Math, "a Math"],
      [JSON, "a JSON"],
      [iterator, "an Array Iterator"],
      [new AbortController(), "an AbortController"],
    ] as const) {
      for (const [value, path] of [
        [odd, "payload"],
        [{ list: [{}, odd] }, "payload.list[1]"],
        [{ map: new Map([["key", odd]]) }, "payload.map{0}[1]"],
        [Object.assign(new Error("x"), { data: { odd } }), "payload.data.odd"],
      ] as const) {
        expect(() => packPlain(value), path).toThrow(`${path}: ${kind} cannot travel: `);
        expect(() => packPlainInto(value, new Uint8Array(1_000), 0)).toThrow(EncodeError);
      }
    }
    class Own {
      readonly kept = {};
      readonly at = new URL("http://here/");
    }
    const plain = { empty: {}, bare: Object.create(null) as object, own: new Own(), bytes: packPlain({}) };
    expect(unpackPlain(packPlain(plain))).toEqual({
      ...plain,
      bare: {},
      own: { kept: {}, at: "http://here/" },
      bytes: Buffer.from(plain.bytes),
    });
  });

  test("never lands in a buffer that another packer was given", () => {
    const ring = Buffer.alloc(64 * 1024);
    const other = new Packr({ useRecords: false });
    other.useBuffer(ring);
    other.pack({ here: 1 }, 512);
    const before = Buffer.from(ring);
    packPlain({ elsewhere: 2 });
    expect(ring.equals(before)).toBe(true);
  });

  test("packed into a place, they fill it or leave it untouched and say what they need", () => {
    const target = new Uint8Array(10);
    expect(packPlainInto("hello", target, 2)).toBe(6);
    expect(unpackPlain(target.subarray(2, 8))).toBe("hello");
    const before = [...target];
    expect(packPlainInto("hello", target, 5)).toBe(6);
    expect([...target]).toEqual(before);
  });
});

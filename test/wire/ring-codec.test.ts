// What one end of a ring encodes, the other decodes to the same, in whatever order shapes come and go.

import { inspect, isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bindReferences, EncodeError, Reference } from "../../src/wire/codec.js";
import { TooLargeError } from "../../src/wire/encode-error.js";
import { RingDecoder } from "../../src/wire/ring-decoder.js";
import { RingEncoder } from "../../src/wire/ring-encoder.js";

const RING_BYTES = 64 * 1024;

/** Both ends of one ring; `send` hands a value over and checks that nothing of it lies beyond its limit. */
function openPair() {
  const ring = Buffer.from(new SharedArrayBuffer(RING_BYTES));
  const encoder = new RingEncoder(ring);
  const decoder = new RingDecoder(ring);
  const send = (value: unknown, at = 64, limit = RING_BYTES): unknown => {
    const bytes = encoder.encode(value, at, limit);
    const { start, end } = encoder;
    if (bytes !== ring) return decoder.decodeFrom(bytes, start, end);
    expect(end).toBeLessThanOrEqual(limit);
    return decoder.decode(start, end);
  };
  return { ring, encoder, decoder, send };
}

/** Without invalid dates: they travel, but nothing here can tell that two of them are the same. */
const plain = fc
  .anything({
    maxDepth: 4,
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withNullPrototype: false,
    withUnicodeString: true,
    key: fc.oneof(fc.constantFrom("a", "b", "type", "__proto__", "constructor", "0"), fc.string()),
  } as fc.ObjectConstraints)
  .filter((value) => !inspect(value, { depth: null }).includes("Invalid Date"));

describe("the codec of the rings", () => {
  test("any value arrives as it was, through one pair of ends that sees many", () => {
    const { send } = openPair();
    fc.assert(
      fc.property(plain, fc.integer({ min: 0, max: 400 }), (value, room) => {
        const expected = structuredClone(value);
        for (const limit of [RING_BYTES, 64 + room]) {
          const arrived = send(value, 64, limit);
          if (!isDeepStrictEqual(arrived, expected)) expect(arrived).toStrictEqual(expected);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test("numbers keep their value and sign at every width", () => {
    const { send } = openPair();
    const numbers = [
      0, -0, 63, 64, -32, -33, 127, 128, -128, -129, 255, 256, 32_767, -32_768, -32_769, 65_535,
    ];
    numbers.push(
      65_536,
      2 ** 31 - 1,
      2 ** 31,
      -(2 ** 31),
      -(2 ** 31) - 1,
      2 ** 32 - 1,
      2 ** 32,
      2 ** 53,
      0.1,
    );
    numbers.push(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MIN_VALUE);
    for (const number of numbers) expect(send(number)).toBe(number);
    for (const number of numbers) expect(send({ number })).toStrictEqual({ number });
  });

  test("texts of every length and script arrive, half a surrogate pair too", () => {
    const { send } = openPair();
    for (const piece of ["a", "é", "漢", "🐝", "\u0000", "\ud800", "a\udfff"]) {
      for (let times = 0; times < 300; times++) expect(send(piece.repeat(times))).toBe(piece.repeat(times));
      expect(send([piece.repeat(70_000)])).toEqual([piece.repeat(70_000)]);
    }
  });

  test("words that share a place in the table of words are never taken for each other", () => {
    const { send } = openPair();
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 20_000; i++) expect(send(`w${i}`)).toBe(`w${i}`);
      for (const word of ["ab", "ab\0", "ab\0\0", "\0ab", "abab", "abababababababab"])
        expect(send(word)).toBe(word);
    }
  });

  test("a text that a field repeats arrives, through nesting of the same shape and after other texts", () => {
    const { send } = openPair();
    const nested = { type: "a", inner: { type: "b", inner: { type: "a", inner: "a" } } };
    for (let i = 0; i < 200; i++) {
      for (const value of [nested, { type: "b", inner: "b" }, { type: "b", inner: `${i}` }]) {
        expect(send(value)).toStrictEqual(value);
      }
    }
  });

  test("objects in objects of their own shape arrive, whatever their fields repeat while both ends learn it", () => {
    const texts = fc.constantFrom("", "a", "b", "task.assign", "a text of more than 16 bytes");
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.record(
        {
          kind: fc.oneof({ weight: 9, arbitrary: fc.constant("same") }, { weight: 1, arbitrary: texts }),
          text: fc.oneof(texts, fc.string(), fc.integer()),
          below: fc.option(fc.oneof({ depthSize: "small" }, texts, tie("tree"), fc.array(tie("tree"))), {
            nil: undefined,
          }),
        },
        { noNullPrototype: true },
      ),
    }));
    fc.assert(
      fc.property(fc.array(tree, { minLength: 40, maxLength: 80 }), (values) => {
        const { send } = openPair();
        for (const value of values) expect(send(value)).toStrictEqual(value);
      }),
      { numRuns: 200 },
    );
  });

  test("more shapes than there are numbers, and dictionaries whose keys are data, arrive again and again", () => {
    const { send } = openPair();
    for (let round = 0; round < 30; round++) {
      for (let shape = 0; shape < 150; shape++) {
        const value = { [`key${shape}`]: round, type: "t", list: [{ [`inner${shape % 70}`]: "x" }] };
        expect(send(value)).toStrictEqual(value);
      }
      const wide = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`user${round * 500 + i}`, i]));
      expect(send(wide)).toStrictEqual(wide);
    }
  });

  test("a key named __proto__ stays a key, also in a shape that was compiled", () => {
    const { send } = openPair();
    const value = JSON.parse('{"__proto__": {"admin": true}, "a": 1}') as object;
    for (let i = 0; i < 200; i++) {
      const arrived = send(value) as object;
      expect(Object.keys(arrived)).toEqual(["__proto__", "a"]);
      expect("admin" in arrived).toBe(false);
    }
  });

  test("binary is a copy, of the class it had, and its length does not matter", () => {
    const { ring, send } = openPair();
    for (const length of [0, 1, 255, 256, 257, 5_000, 200_000]) {
      const bytes = new Uint8Array(length).map((_, i) => i * 7);
      const arrived = send({ before: "x", bytes }) as { bytes: Uint8Array };
      ring.fill(0);
      expect(arrived.bytes.constructor).toBe(Uint8Array);
      expect(Buffer.compare(arrived.bytes, bytes)).toBe(0);
      const buffer = send([Buffer.from(bytes)]) as [Buffer];
      expect(Buffer.isBuffer(buffer[0]) && buffer[0].equals(bytes)).toBe(true);
    }
  });

  test("what cannot travel is refused with its path, and the ends still agree afterwards", () => {
    const { send } = openPair();
    for (let i = 0; i < 5; i++) expect(send({ type: "a", to: "b" })).toStrictEqual({ type: "a", to: "b" });
    for (const [bad, says] of [
      [{ type: "c", to: () => 1 }, "payload.to"],
      [{ type: "d", to: [Promise.resolve()] }, "payload.to[0]"],
      [{ type: "e", to: Symbol("s") }, "payload.to"],
      [new Map([["x", () => 1]]), "payload{0}[1]: a Function cannot travel"],
      [{ a: new Set([new WeakMap()]) }, "payload.a{0}: a WeakMap cannot travel: send a Map"],
      [{ a: new SharedArrayBuffer(8) }, "payload.a: a SharedArrayBuffer cannot travel: "],
      [[1, new WeakSet()], "payload[1]: a WeakSet cannot travel: send a Set"],
      [{ a: { b: new WeakRef({}) } }, "payload.a.b: a WeakRef cannot travel: send what it refers to"],
      [{ type: "c", to: Object(1) }, "payload.to: a Number cannot travel: send the number itself"],
      [{ type: "c", to: Object("text") }, "payload.to: a String cannot travel"],
      [{ type: "c", to: Object("") }, "payload.to: a String cannot travel"],
      [[Object(true)], "payload[0]: a Boolean cannot travel"],
      [[Object(1n)], "payload[0]: a BigInt cannot travel"],
      [[Object(Symbol("s"))], "payload[0]: a Symbol cannot travel"],
      [
        { a: new AbortController() },
        "payload.a: an AbortController cannot travel: send the data that is in it",
      ],
      [[new Blob([])], "payload[0]: a Blob cannot travel"],
      [{ all: new Map([[1, 1]]).entries() }, "payload.all: a Map Iterator cannot travel: send an array"],
      [[new Set([1]).values()], "payload[0]: a Set Iterator cannot travel: send an array"],
      [[[1].keys()], "payload[0]: an Array Iterator cannot travel: send an array"],
      [Math, "payload: a Math cannot travel"],
      [{ a: JSON }, "payload.a: a JSON cannot travel"],
    ] as const) {
      expect(() => send(bad)).toThrow(EncodeError);
      expect(() => send(bad)).toThrow(says);
      expect(send({ type: "c", to: "b" })).toStrictEqual({ type: "c", to: "b" });
    }
  });

  test("what is in shared memory arrives as a copy of the bytes it shows", () => {
    const { send } = openPair();
    const memory = new SharedArrayBuffer(8);
    const shown = new Float32Array(memory, 4, 1).fill(1.5);
    const [floats, bytes] = send([shown, new Uint8Array(memory, 4)]) as [Float32Array, Uint8Array];
    expect(floats).toStrictEqual(new Float32Array([1.5]));
    shown[0] = 2;
    expect(floats[0]).toBe(1.5);
    expect(bytes).toStrictEqual(new Uint8Array(new Float32Array([1.5]).buffer));
  });

  test("an object that contains itself, or goes too deep, is refused with the limit", () => {
    const { send } = openPair();
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    expect(() => send(cycle)).toThrow("payload.self: is payload again: a message cannot contain itself");
    const twice = { list: [{ a: 1 }, { up: cycle }] };
    cycle["self"] = new Map([["k", twice]]);
    expect(() => send({ twice })).toThrow("payload.twice.list[1].up.self{0}[1]: is payload.twice again");
    let deep: unknown[] = [];
    for (let i = 0; i < 600; i++) deep = [deep];
    expect(() => send(deep)).toThrow("512 levels");
    expect(send({ self: 1 })).toStrictEqual({ self: 1 });
  });

  test("what throws when it is read is refused with its path, and the reason is the cause", () => {
    const { send } = openPair();
    const reason = new Error("not now");
    const throwing = {
      get late(): number {
        throw reason;
      },
    };
    class Stubborn {
      toJSON(): never {
        throw reason;
      }
    }
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const [bad, says] of [
      [{ a: [throwing] }, "payload.a[0].late: reading it throws: Error: not now; send plain data"],
      [{ a: new Stubborn() }, "payload.a.toJSON(): reading it throws: Error: not now"],
      [{ a: proxy }, "revoked"],
    ] as const) {
      expect(() => send(bad)).toThrow(EncodeError);
      expect(() => send(bad)).toThrow(says);
    }
    expect(() => send(throwing)).toThrow(expect.objectContaining({ code: "ENCODE", cause: reason }));
    expect(send({ late: 1 })).toStrictEqual({ late: 1 });
  });

  test("instances without properties are empty objects, and the same object twice is two", () => {
    const { send } = openPair();
    class Marker {
      #hidden = 1;
      get seen(): number {
        return this.#hidden;
      }
    }
    const shared = { x: 1 };
    expect(send([new Marker(), Object.create(null), shared, shared])).toEqual([{}, {}, shared, shared]);
  });

  test("a message beyond 8 MiB is refused as too large, whatever it is made of", () => {
    const { send } = openPair();
    expect(() => send("x".repeat(9_000_000))).toThrow(TooLargeError);
    expect(() => send(new Uint8Array(9_000_000))).toThrow(TooLargeError);
    expect(() => send(Array.from({ length: 3_000_000 }, (_, i) => i * 1.5))).toThrow(TooLargeError);
    expect((send("x".repeat(8_000_000)) as string).length).toBe(8_000_000);
  });

  test("an instance arrives as what its toJSON says, or as its own fields", () => {
    class Point {
      readonly x = 1;
      readonly y = 2;
      get sum(): number {
        return this.x + this.y;
      }
    }
    const { send } = openPair();
    expect(send(new Point())).toStrictEqual({ x: 1, y: 2 });
    expect(send({ url: new URL("http://hive.local/a") })).toStrictEqual({ url: "http://hive.local/a" });
    expect(send(Object.assign(Object.create(null), { a: 1 }))).toStrictEqual({ a: 1 });
  });

  test("refs are revived by the system that is bound, wherever they lie in a message", () => {
    class Stub extends Reference {
      readonly numbers: readonly [number, number];
      constructor(address: number, generation: number) {
        super();
        this.numbers = [address, generation];
      }
      override export(): readonly [number, number] {
        return this.numbers;
      }
    }
    const { send } = openPair();
    const previous = bindReferences((address, generation) => new Stub(address, generation));
    const ref = new Stub(2_130_706_431, -2_147_483_648);
    const arrived = send({ replyTo: ref, all: [ref], by: new Map([["k", ref]]) });
    bindReferences(previous);
    expect(arrived).toStrictEqual({ replyTo: ref, all: [ref], by: new Map([["k", ref]]) });
  });
});

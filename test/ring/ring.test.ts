// One ring, one isolate: whatever is written comes out equal, whole and in order, whatever its size and shape.

import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/base/random.js";
import { allocateRing, unreadBytes } from "../../src/ring/layout.js";
import { RingReader } from "../../src/ring/reader.js";
import { FULL, RingWriter, SENT } from "../../src/ring/writer.js";
import { EncodeError } from "../../src/wire/codec.js";
import { TooLargeError } from "../../src/wire/encode-error.js";
import { Envelope, KIND_MESSAGE } from "../../src/wire/envelope.js";

interface Delivered {
  readonly method: string;
  readonly askId: number;
  readonly callers: readonly number[];
  readonly payload: unknown;
}

function openRing(capacityBytes: number) {
  const memory = allocateRing(capacityBytes);
  const delivered: Delivered[] = [];
  const sink = {
    deliver: (_thread: number, envelope: Envelope, payload: unknown) => {
      const callers = envelope.trail?.callers ?? [];
      delivered.push({ method: envelope.method, askId: envelope.askId, callers, payload });
    },
  };
  const writer = new RingWriter(memory);
  const reader = new RingReader(memory, 1, sink, new Envelope());
  const drainAll = () => {
    do writer.publish();
    while (reader.drain(1_000) > 0 || !writer.pump() || writer.unpublishedBytes > 0);
  };
  return { memory, delivered, writer, reader, drainAll };
}

function envelopeFor(method: string, askId = 0): Envelope {
  const envelope = new Envelope();
  envelope.kind = KIND_MESSAGE;
  envelope.method = method;
  envelope.receiverSlot = 7;
  envelope.receiverGeneration = 3;
  envelope.askId = askId;
  return envelope;
}

function randomPayload(random: ReturnType<typeof seededRandom>, serial: number): unknown {
  switch (random.below(9)) {
    case 0:
      return undefined;
    case 1:
      return { type: "inc", serial };
    case 2:
      return {
        [`shape${random.below(200)}`]: serial,
        nested: { [`inner${random.below(200)}`]: [serial, "x"] },
      };
    case 3:
      return "漢字".repeat(random.below(3_000));
    case 4:
      return Buffer.alloc(random.below(40_000), serial & 0xff);
    case 5:
      return new Map<unknown, unknown>([[serial, new Set([serial])]]);
    case 6:
      return new Float64Array([serial, 0.5]);
    case 7:
      return [serial, null, true, -1.5, "text", { when: new Date(serial) }];
    default:
      return serial;
  }
}

describe("a ring", () => {
  for (const capacityBytes of [8 * 1024, 64 * 1024, 256 * 1024]) {
    it(`delivers every payload equal and in order through ${capacityBytes} bytes`, () => {
      const seed = 20_000 + capacityBytes;
      const random = seededRandom(seed);
      const { delivered, writer, reader, drainAll } = openRing(capacityBytes);
      const sent: unknown[] = [];
      for (let serial = 0; serial < 20_000; serial++) {
        const payload = randomPayload(random, serial);
        const envelope = envelopeFor(`method${random.below(20)}`, serial);
        while (writer.write(envelope, payload) === FULL) {
          writer.publish();
          reader.drain(1 + random.below(50));
        }
        sent.push(payload);
        if (random.below(10) === 0) writer.publish();
        if (random.below(10) === 0) reader.drain(random.below(100));
        if (sent.length === 500) {
          drainAll();
          const equal = isDeepStrictEqual(
            delivered.map((one) => one.payload),
            sent,
          );
          expect(equal, `payloads around ${serial} with seed ${seed}`).toBe(true);
          expect(delivered.at(-1)?.askId).toBe(serial);
          sent.length = 0;
          delivered.length = 0;
        }
      }
    });
  }

  it("carries a message of several megabytes in chunks, and keeps the order around it", () => {
    const { delivered, writer, drainAll } = openRing(64 * 1024);
    const big = Buffer.alloc(5_000_000, 9);
    expect(writer.write(envelopeFor("before"), 1)).toBe(SENT);
    expect(writer.write(envelopeFor("big"), { big })).toBe(SENT);
    expect(writer.write(envelopeFor("second big"), { big })).toBe(FULL);
    drainAll();
    expect(writer.write(envelopeFor("after"), 2)).toBe(SENT);
    drainAll();
    expect(delivered.map((one) => one.method)).toEqual(["before", "big", "after"]);
    expect(Buffer.compare((delivered[1]?.payload as { big: Buffer }).big, big)).toBe(0);
  });

  for (const seed of [1, 2, 3, 4, 5, 6]) {
    it(`lets every held message go once the reader makes room, at whatever offset (seed ${seed})`, () => {
      const random = seededRandom(seed);
      const { delivered, writer, reader } = openRing(256 * 1024);
      const block = Buffer.alloc(65_536, 1);
      for (let sent = 0; sent < 500; sent++) {
        for (let tries = 0; writer.write(envelopeFor("m"), block) === FULL; tries++) {
          expect(tries).toBeLessThan(300);
          writer.publish();
          reader.drain(random.below(3));
        }
        if (random.below(3) === 0) writer.publish();
        if (random.below(4) === 0) reader.drain(random.below(5));
        delivered.length = 0;
      }
    });
  }

  it("refuses a message over the limit and goes on afterwards", () => {
    const { delivered, writer, drainAll } = openRing(64 * 1024);
    writer.write(envelopeFor("m"), { known: 1 });
    expect(() => writer.write(envelopeFor("m"), { fresh: Buffer.alloc(9_000_000) })).toThrow(TooLargeError);
    writer.write(envelopeFor("m"), { known: 2 });
    writer.write(envelopeFor("m"), { fresh: 3 });
    drainAll();
    expect(delivered.map((one) => one.payload)).toEqual([{ known: 1 }, { known: 2 }, { fresh: 3 }]);
  });

  it("names the path to what cannot be encoded, and the ring goes on", () => {
    const { delivered, writer, drainAll } = openRing(64 * 1024);
    writer.write(envelopeFor("m"), { a: 1, b: 2 });
    const bad = () => writer.write(envelopeFor("m"), { c: [{ d: () => 1 }] });
    expect(bad).toThrow(EncodeError);
    expect(bad).toThrow("payload.c[0].d");
    writer.write(envelopeFor("m"), { a: 3, b: 4 });
    drainAll();
    expect(delivered.map((one) => one.payload)).toEqual([
      { a: 1, b: 2 },
      { a: 3, b: 4 },
    ]);
  });

  it("carries callers and trace beside the payload", () => {
    const { delivered, writer, drainAll } = openRing(64 * 1024);
    const envelope = envelopeFor("m", 12);
    envelope.trail = { trace: new Uint8Array(24).fill(5), callers: [1, 2, 3, 4] };
    writer.write(envelope, "hello");
    drainAll();
    expect(delivered).toEqual([{ method: "m", askId: 12, callers: [1, 2, 3, 4], payload: "hello" }]);
  });

  it("answers full when nobody reads, and loses nothing of what it took", () => {
    const { memory, delivered, writer, drainAll } = openRing(8 * 1024);
    let taken = 0;
    while (writer.write(envelopeFor("m"), undefined) === SENT) taken++;
    expect(taken).toBe(((8 * 1024 - 40) >> 4) + 1);
    writer.publish();
    expect(unreadBytes(memory)).toBeGreaterThan(8 * 1024 - 64);
    drainAll();
    expect(delivered).toHaveLength(taken);
  });

  it("keeps its positions right when the 32-bit counters wrap", () => {
    const { delivered, writer, reader } = openRing(256 * 1024);
    const chunk = Buffer.alloc(200_000, 1);
    for (let i = 0; i < 22_000; i++) {
      while (writer.write(envelopeFor("m"), i % 500 === 0 ? i : chunk) === FULL) {
        writer.publish();
        reader.drain(100);
        if (delivered.length > 1_000) delivered.splice(0, 900);
      }
    }
    writer.publish();
    while (reader.drain(100) > 0);
    expect(writer.records).toBe(reader.records);
    expect(chunk.equals(delivered.at(-1)?.payload as Buffer)).toBe(true);
  }, 60_000);
});

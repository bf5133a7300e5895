import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inspectBoundary } from "../../src/wire/boundary.js";
import { packPlain, unpackPlain } from "../../src/wire/codec.js";

const CAPS = { maxBytes: 64 * 1024, maxDepth: 64 };

function verdict(bytes: Uint8Array | readonly number[], caps = CAPS): string {
  try {
    inspectBoundary(bytes instanceof Uint8Array ? bytes : Uint8Array.from(bytes), caps);
    return "in";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const nest = (levels: number): unknown => (levels === 0 ? 1 : [nest(levels - 1)]);

describe("bytes from outside", () => {
  it("pass when they are one plain value, whatever it is", () => {
    const plain = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom(null, undefined, true, false),
        fc.integer(),
        fc.double(),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.string({ unit: "binary", maxLength: 300 }),
        fc.uint8Array({ maxLength: 300 }),
        fc.date({ noInvalidDate: true }),
        fc.array(tie("value"), { maxLength: 40 }),
        fc.dictionary(fc.string(), tie("value"), { maxKeys: 40 }),
      ),
    })).value;
    fc.assert(
      fc.property(plain, (value) => verdict(packPlain(value)) === "in"),
      { numRuns: 500 },
    );
  });

  it("never crash the look; what passes decodes, or throws an error that is no bug of ours", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        if (verdict(bytes) !== "in") return;
        try {
          unpackPlain(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          expect(error).not.toMatchObject({ code: "BUG" });
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it("are refused when cut short anywhere", () => {
    const whole = packPlain({
      kind: "ask",
      id: 70_000,
      list: [1.5, "ü".repeat(40), new Uint8Array(300)],
      when: new Date(0),
    });
    for (let end = 0; end < whole.length; end++) expect(verdict(whole.subarray(0, end))).toBe("BAD_MESSAGE");
    expect(verdict(whole)).toBe("in");
  });

  it("are refused when something follows", () => {
    expect(verdict([0x01, 0x01])).toBe("BAD_MESSAGE");
  });

  it("are refused when they claim more than they hold", () => {
    const claims = [
      [0xdd, 0xff, 0xff, 0xff, 0xff],
      [0xdf, 0xff, 0xff, 0xff, 0xff],
      [0xdb, 0xff, 0xff, 0xff, 0xff],
      [0xc6, 0xff, 0xff, 0xff, 0xff],
      [0xdc, 0xff, 0xff, 0x01],
    ];
    for (const bytes of claims) expect(verdict(bytes)).toBe("BAD_MESSAGE");
  });

  it("are refused when they nest too deep or are too many", () => {
    expect(verdict(packPlain(nest(64)))).toBe("in");
    expect(verdict(packPlain(nest(65)))).toBe("BAD_MESSAGE");
    expect(verdict(new Uint8Array(60_000).fill(0x91))).toBe("BAD_MESSAGE");
    expect(verdict(packPlain("x".repeat(100)), { maxBytes: 50, maxDepth: 4 })).toBe("BAD_MESSAGE");
  });

  it("are refused when they hold an extension that revives anything", () => {
    for (const type of [0x10, 0x11, 0x12, 0x72, 0x65, 0x73, 0x78]) {
      expect(verdict([0xd4, type, 0x00])).toBe("BAD_MESSAGE");
      expect(verdict([0xc7, 0x02, type, 0x00, 0x00])).toBe("BAD_MESSAGE");
      expect(verdict([0x91, 0xd8, type, ...new Array<number>(16).fill(0)])).toBe("BAD_MESSAGE");
    }
    expect(verdict(packPlain(new Error("with a stack")))).toBe("BAD_MESSAGE");
  });

  it("are refused when a key is not a text", () => {
    expect(verdict([0x81, 0x01, 0x02])).toBe("BAD_MESSAGE");
    expect(verdict([0x81, 0x90, 0x02])).toBe("BAD_MESSAGE");
    expect(verdict([0x82, 0xa1, 0x61, 0x90, 0xa1, 0x62, 0x81, 0xa1, 0x63, 0x01])).toBe("in");
  });
});

import { describe, expect, it } from "vitest";
import { Pacer } from "../../../actors/stream/pacing.js";
import { decodeText, SLICE_BYTES } from "../../../actors/stream/text-source.js";
import { failureOf, streamOf } from "../inputs.js";

async function read(
  bytes: Uint8Array,
  chunkBytes?: number,
): Promise<{ text: string; encoding: string; longest: number }> {
  const decoded = await decodeText(streamOf(bytes, chunkBytes)(), new Pacer());
  let text = "";
  let longest = 0;
  for await (const slice of decoded.slices) {
    text += slice;
    longest = Math.max(longest, slice.length);
  }
  return { text, encoding: decoded.encoding, longest };
}

describe("text source", () => {
  const text = "naïve café, 東京, 🐋 Ahab\n".repeat(4000);

  it("gives back a text whole, however its bytes are cut", async () => {
    for (const chunkBytes of [1, 7, 4096, 1_000_000]) {
      const sample = chunkBytes === 1 ? text.slice(0, 5000) : text;
      const result = await read(Buffer.from(sample), chunkBytes);
      expect(result.text).toBe(sample);
      expect(result.encoding).toBe("utf-8");
    }
  });

  it("never gives out more than one slice at once", async () => {
    expect((await read(Buffer.from(text))).longest).toBeLessThanOrEqual(SLICE_BYTES);
  });

  it("drops a byte order mark", async () => {
    expect((await read(Buffer.from("\ufeffa,b\n1,2\n"))).text).toBe("a,b\n1,2\n");
  });

  it("reads UTF-16 of both byte orders by its mark", async () => {
    const little = Buffer.from("\ufeffa;ü\n", "utf16le");
    const big = Buffer.from(little).swap16();
    expect(await read(little)).toMatchObject({ text: "a;ü\n", encoding: "utf-16le" });
    expect(await read(big)).toMatchObject({ text: "a;ü\n", encoding: "utf-16be" });
  });

  it("reads what is not UTF-8 as windows-1252 and says so", async () => {
    expect(await read(Buffer.from("Z\xfcrich,\x80 5\n", "latin1"))).toMatchObject({
      text: "Zürich,€ 5\n",
      encoding: "windows-1252",
    });
  });

  it("refuses binary files and empty ones", async () => {
    expect((await failureOf(read(Buffer.from([0x89, 0x50, 0, 0, 1])))).code).toBe("NOT_TEXT");
    expect((await failureOf(read(Buffer.alloc(0)))).code).toBe("EMPTY_INPUT");
  });
});

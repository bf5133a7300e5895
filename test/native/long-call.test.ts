import { once } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { loadAddon } from "../../src/base/addon.js";
import { makeLetterTable, makeWeights } from "../../src/compute/embed-features.js";

const { addon } = loadAddon();
const DIMS = 256;

function shared(rows: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(4 * DIMS * rows)).fill(1);
}

function takeAway({ buffer }: ArrayBufferView): void {
  structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
}

function refusal(call: () => unknown): string {
  try {
    call();
    return "nothing";
  } catch (error) {
    return String(error);
  }
}

describe.runIf(addon !== undefined)("the tables of embed", () => {
  const { blocks, entries } = makeLetterTable();
  const weights = makeWeights();

  it("are asked for before the first text", () => {
    const out = new Float32Array(DIMS);
    expect(() => addon!.embed("text", out)).toThrow("expected a call of embedTables");
    expect(() => addon!.embedAsync("text", out)).toThrow("expected a call of embedTables");
  });

  it("are refused when they lead beyond themselves or would overflow a sum", () => {
    expect(refusal(() => addon!.embedTables(blocks.subarray(1).slice(), entries, weights))).toContain(
      "expected `blocks` to be a Uint16Array of at least 8704 values",
    );
    const far = blocks.with(8_703, 65_535);
    expect(refusal(() => addon!.embedTables(far, entries, weights))).toContain(
      "expected `entries` to be a Int32Array of at least 8388608 values",
    );
    const heavy = weights.with(7, -131_073);
    expect(refusal(() => addon!.embedTables(blocks, entries, heavy))).toContain("from -131072 to 131072");
  });

  it("are copied, so that what becomes of the arrays changes no vector", async () => {
    addon!.embedTables(blocks, entries, weights);
    const text = "Größe, naïve, 鯨 🐋";
    const before = new Float32Array(DIMS);
    addon!.embed(text, before);
    blocks.fill(65_535);
    takeAway(entries);
    const after = new Float32Array(DIMS);
    addon!.embed(text, after);
    expect(after).toEqual(before);
    expect(before.some((value) => value !== 0)).toBe(true);
  });

  it("are used to the end by the calls that began with them", async () => {
    const { blocks: newBlocks, entries: newEntries } = makeLetterTable();
    addon!.embedTables(newBlocks, newEntries, makeWeights());
    const text = "a whale of a text ".repeat(20_000);
    const expected = new Float32Array(DIMS);
    addon!.embed(text, expected);
    const out = new Float32Array(DIMS);
    const pending = addon!.embedAsync(text, out);
    addon!.embedTables(newBlocks, newEntries, new Int32Array(2_048));
    await pending;
    expect(out).toEqual(expected);
    addon!.embed(text, out);
    expect(out).toEqual(new Float32Array(DIMS));
  });
});

describe.runIf(addon !== undefined)("an asynchronous call of the addon", () => {
  const query = new Float32Array(DIMS).fill(1);

  it("is rejected when the memory for its answer is gone by then, and harms no other", async () => {
    const text = "a whale of a text ".repeat(5_000);
    const out = new Float32Array(DIMS);
    const embedded = addon!.embedAsync(text, out);
    const rows = new Uint32Array(3);
    const found = addon!.similarTopAsync(5, 3, true, query, shared(5), rows, new Float32Array(3));
    const kept = new Uint32Array(3);
    const other = addon!.similarTopAsync(5, 3, true, query, shared(5), kept, new Float32Array(3));
    takeAway(out);
    takeAway(rows);
    const refused = (array: string) =>
      expect.objectContaining({ message: expect.stringContaining(array) as string });
    // Heard together: any of them may end first.
    expect(await Promise.allSettled([embedded, found, other])).toEqual([
      { status: "rejected", reason: refused("`out` to be a Float32Array of at least 256 values") },
      { status: "rejected", reason: refused("`rowsOut` to be a Uint32Array of at least 3 values") },
      { status: "fulfilled", value: 3 },
    ]);
    expect([...kept]).toEqual([0, 1, 2]);
  });

  it("reads nothing of this thread's own memory once it has returned", async () => {
    const mine = new Float32Array(4 * DIMS);
    const numbers = [4, 2, true] as const;
    const outs = [new Uint32Array(2), new Float32Array(2)] as const;
    expect(() => addon!.similarTopAsync(...numbers, query, mine, ...outs)).toThrow(
      "`values` to be a Float32Array of at least 1024 values in a SharedArrayBuffer",
    );
    const asked = query.slice();
    const pending = addon!.similarTopAsync(...numbers, asked, shared(4), ...outs);
    takeAway(asked);
    expect(await pending).toBe(2);
    expect([...outs[1]]).toEqual([DIMS, DIMS]);
  });

  it("keeps its shared memory when nobody else does", async () => {
    const answers = Array.from({ length: 20 }, () =>
      addon!.similarTopAsync(2_000, 1, true, query, shared(2_000), new Uint32Array(1), new Float32Array(1)),
    );
    setFlagsFromString("--expose-gc");
    (runInNewContext("gc") as () => void)();
    expect(await Promise.all(answers)).toEqual(answers.map(() => 1));
  });

  it("is not begun any more when its thread has ended", async () => {
    const rows = 20_000;
    const values = shared(rows);
    const few = 40;
    const calls = 100 * few;
    const search = () =>
      addon!.similarTopAsync(rows, 1, false, query, values, new Uint32Array(1), new Float32Array(1));
    const begun = performance.now();
    await Promise.all(Array.from({ length: few }, search));
    const fewMs = performance.now() - begun;
    const thread = new Worker(new URL("./ending-thread.js", import.meta.url), {
      workerData: { values, rows, calls },
    });
    expect(await once(thread, "message")).toEqual(["started"]);
    const asked = performance.now();
    await thread.terminate();
    const endMs = performance.now() - asked;
    console.log(
      `${few} searches: ${fewMs.toFixed(0)} ms; end of a thread with ${calls}: ${endMs.toFixed(0)} ms`,
    );
    expect(endMs).toBeLessThan((calls / few / 4) * fewMs);
  });
});

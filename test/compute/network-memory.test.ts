import { describe, expect, it } from "vitest";
import { type Addon, loadAddon } from "../../src/base/addon.js";
import { planNetwork } from "../../src/compute/network-shape.js";
import { makeSharedFloats } from "../../src/compute/shared-floats.js";

const { addon } = loadAddon();
const ROWS = 50;
const plan = planNetwork({ inputs: 3, layers: [{ neurons: 2, activation: "linear" }] });

/** The arguments of an epoch by rprop over all rows, each row as good as the other. */
function anEpoch(): Parameters<Addon["networkEpoch"]> {
  const each = () => makeSharedFloats(plan.parameters);
  return [
    plan.layout,
    Float64Array.of(2, 0, ROWS, ROWS, ROWS, 0, 1, 1, 0, 0),
    ...([each(), each(), each(), each().fill(0.1)] as const),
    ...([makeSharedFloats(3 * ROWS).fill(1), makeSharedFloats(2 * ROWS).fill(1)] as const),
    Uint32Array.from({ length: ROWS }, (_, row) => row),
    makeSharedFloats(addon!.networkScratch(plan.layout)),
  ];
}

function aLayout(numbers: readonly number[]): Uint32Array {
  const layout = new Uint32Array(plan.layout.length);
  layout.set(numbers);
  return layout;
}

function takeAway({ buffer }: ArrayBufferView): void {
  structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
}

describe.runIf(addon !== undefined)("the memory of networks in the addon", () => {
  it("may be taken away while a batch is computed: the promise rejects and says what is gone", async () => {
    const inputs = new Float32Array(3 * ROWS).fill(1);
    const outputs = new Float32Array(2 * ROWS);
    const parameters = makeSharedFloats(plan.parameters).fill(0.5);
    const first = addon!.networkForwardLater(plan.layout, parameters, inputs, ROWS, outputs);
    takeAway(inputs);
    await first;
    expect(new Set(outputs)).toEqual(new Set([2]));
    const second = addon!.networkForwardLater(plan.layout, parameters, outputs, 1, new Float32Array(2));
    await second;
    const gone = new Float32Array(2);
    const third = addon!.networkForwardLater(plan.layout, parameters, outputs, 1, gone);
    takeAway(gone);
    await expect(third).rejects.toThrow(
      "networkForwardLater, when done: expected `outputs` to be a Float32Array of at least 2 values",
    );
  });

  it("may be changed or taken away while an epoch runs: order and numbers are copies", async () => {
    const right = anEpoch();
    await addon!.networkEpoch(...right);
    expect(right[1][8]).toBe(2 * ROWS);
    const changed = anEpoch();
    const running = addon!.networkEpoch(...changed);
    changed[8].fill(0xffff_ffff);
    takeAway(changed[1]);
    await expect(running).rejects.toThrow("networkEpoch, when done: expected `numbers`");
    expect(changed[2]).toEqual(right[2]);
  });

  it("is refused where a thread works in it and it is not shared", () => {
    const parameters = new Float32Array(plan.parameters);
    const batch = new Float32Array(3);
    expect(() => addon!.networkForwardLater(plan.layout, parameters, batch, 1, new Float32Array(2))).toThrow(
      "expected `parameters` to be a Float32Array of at least 8 values in a SharedArrayBuffer",
    );
    for (const place of [2, 3, 4, 5, 6, 7, 9] as const) {
      const epoch = anEpoch();
      epoch[place] = epoch[place].slice();
      expect(() => addon!.networkEpoch(...epoch)).toThrow("in a SharedArrayBuffer");
    }
  });

  it("is never left by a row, a count or a layer that is out of bounds", () => {
    const withRow = anEpoch();
    withRow[8][7] = ROWS;
    expect(() => addon!.networkEpoch(...withRow)).toThrow(
      `\`inputs\` to be a Float32Array of at least ${3 * ROWS + 3}`,
    );
    for (const [index, number, name] of [
      [0, 4, "algorithm"],
      [2, 0, "updateRows"],
      [3, ROWS + 1, "trainingRows"],
      [4, ROWS + 1, "order"],
      [4, Number.NaN, "rows"],
    ] as const) {
      const epoch = anEpoch();
      epoch[1][index] = number;
      expect(() => addon!.networkEpoch(...epoch)).toThrow(`networkEpoch: expected \`${name}\``);
    }
    for (const layout of [
      [0, 3],
      [33, 3],
      [1, 3, 0, 0],
      [1, 3, 65_537, 0],
      [1, 3, 2, 4],
      [1, 65_536, 65_536, 0],
      [2, 3, 2, 0],
    ])
      expect(() => addon!.networkScratch(aLayout(layout))).toThrow("networkScratch: expected `layout`");
  });
});

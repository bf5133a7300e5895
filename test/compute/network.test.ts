import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadAddon } from "../../src/base/addon.js";
import { createNetwork, createNetworkEngine, networkOf } from "../../src/compute/network.js";
import { JsNetworkEngine } from "../../src/compute/network-js.js";
import type { Activation, NetworkShape } from "../../src/compute/network-shape.js";
import { aBatch, aShape, rowsOf } from "./network-scenes.js";

const { addon } = loadAddon();
const js = new JsNetworkEngine();
const engines = [
  ["js", js],
  ...(addon === undefined ? [] : [["native", createNetworkEngine(addon)] as const]),
] as const;

const exact: Readonly<Record<Activation, (z: number) => number>> = {
  linear: (z) => z,
  sigmoid: (z) => 1 / (1 + Math.exp(-z)),
  tanh: Math.tanh,
  relu: (z) => Math.max(0, z),
};

/** One neuron that hands its input on. */
const oneNeuron = (activation: Activation): NetworkShape => ({
  inputs: 1,
  layers: [{ neurons: 1, activation }],
});

describe.each(engines)("a network on the %s engine", (_, engine) => {
  it("computes what its parameters say, the weights by input and the biases behind them", () => {
    const network = networkOf(
      {
        inputs: 2,
        layers: [
          { neurons: 3, activation: "relu" },
          { neurons: 1, activation: "linear" },
        ],
      },
      Float32Array.from([1, 2, -1, 0.5, -2, 3, 0, 1, -0.5, 2, 3, 4, 0.25]),
      engine,
    );
    // Hidden: 1·1 + 2·0.5 = 2;  1·2 - 2·2 + 1 = -1, so 0;  -1 + 6 - 0.5 = 4.5.
    expect(network.forward(Float32Array.of(1, 2))).toEqual(Float32Array.of(2 * 2 + 4.5 * 4 + 0.25));
    expect(network.forward(Float32Array.of(1, 2, 0, 0))).toEqual(Float32Array.of(22.25, 3.25));
  });

  it.each(Object.keys(exact) as Activation[])(
    "has the %s of the textbooks, from end to end",
    (activation) => {
      const inputs = Float32Array.from({ length: 4001 }, (_, at) => (at - 2000) / 20);
      const outputs = networkOf(oneNeuron(activation), Float32Array.of(1, 0), engine).forward(inputs);
      for (const [at, z] of inputs.entries()) {
        const wanted = exact[activation](z);
        // What is smaller than e^-87 counts as that.
        expect(Math.abs(outputs[at]! - wanted)).toBeLessThanOrEqual(1e-6 * Math.abs(wanted) + 1.7e-38);
      }
    },
  );

  it("answers with the nearest number there is when sums leave the range of 32 bits", () => {
    const huge = Float32Array.of(3e38, -3e38);
    const forward = (activation: Activation) =>
      networkOf(oneNeuron(activation), Float32Array.of(3e38, 0), engine).forward(huge);
    expect(Array.from(forward("sigmoid")).map(Math.round)).toEqual([1, 0]);
    expect(Array.from(forward("tanh"))).toEqual([1, -1]);
  });

  it("computes the same for a row alone as among others, now and later", async () => {
    await fc.assert(
      fc.asyncProperty(aShape, fc.integer(), fc.integer({ min: 1, max: 70 }), async (shape, seed, rows) => {
        const network = createNetwork(shape, seed, engine);
        const inputs = aBatch(shape.inputs, rows, seed);
        const together = network.forward(inputs);
        const alone = rowsOf(inputs, shape.inputs).map((row) => [...network.forward(row)]);
        expect(Array.from(together)).toEqual(alone.flat());
        expect(await network.forwardLater(inputs)).toEqual(together);
      }),
      { numRuns: 20 },
    );
  });

  it("gives the bits of the reference engine", () => {
    fc.assert(
      fc.property(aShape, fc.integer(), fc.integer({ min: 1, max: 70 }), (shape, seed, rows) => {
        const network = createNetwork(shape, seed, engine);
        const inputs = aBatch(shape.inputs, rows, seed);
        const reference = networkOf(shape, network.parameters, js).forward(inputs);
        expect(network.forward(inputs)).toEqual(reference);
      }),
      { numRuns: 40 },
    );
  });

  it("writes where it is told to", () => {
    const network = createNetwork(oneNeuron("tanh"), 1, engine);
    const outputs = new Float32Array(2);
    expect(network.forward(Float32Array.of(1, 2), outputs)).toBe(outputs);
    expect(outputs[1]).not.toBe(0);
  });
});

describe("a new network", () => {
  const shape: NetworkShape = {
    inputs: 10,
    layers: [
      { neurons: 40, activation: "relu" },
      { neurons: 20, activation: "tanh" },
    ],
  };

  it("follows from its seed alone", () => {
    const [one, same, other] = [7, 7, 8].map((seed) => createNetwork(shape, seed, js).parameters);
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it("has weights spread by the width of its layers, and biases of 0", () => {
    const { parameters, plan } = createNetwork(shape, 7, js);
    const [first, second] = plan.layers;
    const spread = (from: number, to: number) => Math.max(...parameters.subarray(from, to).map(Math.abs));
    expect(spread(first!.weightsAt, first!.biasesAt)).toBeCloseTo(Math.sqrt(6 / 10), 1);
    expect(spread(second!.weightsAt, second!.biasesAt)).toBeCloseTo(Math.sqrt(6 / 60), 1);
    expect(spread(first!.biasesAt, second!.weightsAt)).toBe(0);
    expect(spread(second!.biasesAt, parameters.length)).toBe(0);
  });
});

describe("what a network refuses, it refuses with help", () => {
  const network = createNetwork({ inputs: 2, layers: [{ neurons: 1, activation: "linear" }] }, 1, js);
  const layers = (...given: unknown[]) => ({ inputs: 2, layers: given }) as NetworkShape;
  const tooLarge = Array.from({ length: 3 }, () => ({ neurons: 65_536, activation: "relu" }));

  it.each([
    [
      layers({ neurons: 0, activation: "relu" }),
      /layers\[0\]\.neurons: 0; give a whole number from 1 to 65536/,
    ],
    [layers({ neurons: 2, activation: "softmax" }), /"softmax"; give one of linear, sigmoid, tanh, relu/],
    [layers({ neurons: 2, activation: "relu", bias: false }), /layers\[0\] knows no bias/],
    [layers(), /the number of layers: 0; give a number from 1 to 32/],
    [layers(...tooLarge), /parameters in all; give fewer or smaller layers/],
    [{ inputs: 1.5, layers: [] } as NetworkShape, /inputs: 1.5; give a whole number/],
  ])("a shape that makes no sense: %j", (shape, message) => {
    expect(() => createNetwork(shape, 1, js)).toThrow(message);
  });

  it.each([
    [Float32Array.of(1, Number.NaN), /inputs\[1\]: NaN; give finite numbers only/],
    [Float32Array.of(1, 2, Number.POSITIVE_INFINITY, 4), /inputs\[2\]: Infinity; give finite numbers only/],
    [Float32Array.of(1, 2, 3), /inputs: 3 numbers; give 4: rows of 2/],
    [new Float32Array(0), /inputs: 0 numbers; give 2: rows of 2/],
    [[1, 2] as unknown as Float32Array, /inputs: a list of 2; give a Float32Array of 2/],
  ])("inputs that it cannot compute: %s", (inputs, message) => {
    expect(() => network.forward(inputs)).toThrow(message);
    expect(() => network.forward(inputs)).toThrow(expect.objectContaining({ code: "OPTIONS" }));
  });

  it("outputs, parameters and seeds that do not fit", () => {
    expect(() => network.forward(Float32Array.of(1, 2), new Float32Array(2))).toThrow(
      /outputs: 2 numbers; give a Float32Array of 1: 1 rows of 1/,
    );
    expect(() => networkOf(network.shape, new Float32Array(2), js)).toThrow(/parameters: 2 numbers; give 3/);
    expect(() => createNetwork(network.shape, 0.5, js)).toThrow(/seed: 0.5; give a whole number/);
  });
});

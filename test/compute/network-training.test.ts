import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadAddon } from "../../src/base/addon.js";
import { createNetwork, createNetworkEngine, type Network, networkOf } from "../../src/compute/network.js";
import { ALGORITHMS, type Algorithm } from "../../src/compute/network-engine.js";
import { JsNetworkEngine } from "../../src/compute/network-js.js";
import type { NetworkShape } from "../../src/compute/network-shape.js";
import {
  type Examples,
  errorOf,
  type TrainingOptions,
  trainNetwork,
} from "../../src/compute/network-training.js";
import { aBatch, aShape } from "./network-scenes.js";

const { addon } = loadAddon();
const js = new JsNetworkEngine();
const engines = [
  ["js", js],
  ...(addon === undefined ? [] : [["native", createNetworkEngine(addon)] as const]),
] as const;

/** y = weight · x + bias: what the rules do to it can be worked out on paper. */
const LINE: NetworkShape = { inputs: 1, layers: [{ neurons: 1, activation: "linear" }] };
const PLAIN = { validationShare: 0 } as const;

const XOR: Examples = {
  inputs: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1),
  targets: Float32Array.of(0, 1, 1, 0),
};
const XOR_SHAPE: NetworkShape = {
  inputs: 2,
  layers: [
    { neurons: 6, activation: "tanh" },
    { neurons: 1, activation: "sigmoid" },
  ],
};

async function trainedBy(network: Network, examples: Examples, options: TrainingOptions): Promise<number[]> {
  const { network: trained } = await trainNetwork(network, examples, options);
  return Array.from(trained.parameters);
}

function expectClose(given: readonly number[], wanted: readonly number[]): void {
  expect(given).toHaveLength(wanted.length);
  for (const [at, value] of wanted.entries()) expect(given[at]).toBeCloseTo(value, 6);
}

describe.each(engines)("training on the %s engine", (_, engine) => {
  const line = () => networkOf(LINE, Float32Array.of(1, 0), engine);
  // The errors y - target are -1 and -4, so the mean gradient is (-1·1 - 4·2) / 2 = -4.5 and (-1 - 4) / 2 = -2.5.
  const examples: Examples = { inputs: Float32Array.of(1, 2), targets: Float32Array.of(2, 6) };

  it("by batch goes down the mean gradient", async () => {
    const options = { ...PLAIN, algorithm: "batch", learningRate: 0.1, epochs: 1 } as const;
    expectClose(await trainedBy(line(), examples, options), [1.45, 0.25]);
  });

  it("incrementally changes the parameters after every row", async () => {
    const one: Examples = { inputs: Float32Array.of(2), targets: Float32Array.of(6) };
    const options = { ...PLAIN, algorithm: "incremental", learningRate: 0.1 } as const;
    expectClose(await trainedBy(line(), one, { ...options, epochs: 1 }), [1.8, 0.4]);
    // Then y = 4, so the error is -2.
    expectClose(await trainedBy(line(), one, { ...options, epochs: 2 }), [2.2, 0.6]);
  });

  it("by rprop looks at signs alone: a step of 0.1, then 1.2 times that while the sign stays", async () => {
    const options = { ...PLAIN, algorithm: "rprop" } as const;
    expectClose(await trainedBy(line(), examples, { ...options, epochs: 1 }), [1.1, 0.1]);
    expectClose(await trainedBy(line(), examples, { ...options, epochs: 2 }), [1.22, 0.22]);
  });

  it("by rprop halves the step where the sign changed, and waits one epoch before it takes it", async () => {
    const near: Examples = { inputs: Float32Array.of(1), targets: Float32Array.of(1.15) };
    const options = { ...PLAIN, algorithm: "rprop" } as const;
    // y is 1, 1.2, again 1.2 and then 1.1: the signs are -, +, +.
    expectClose(await trainedBy(line(), near, { ...options, epochs: 2 }), [1.1, 0.1]);
    expectClose(await trainedBy(line(), near, { ...options, epochs: 3 }), [1.05, 0.05]);
  });

  it("by adam takes a first step of the learning rate, whatever the gradient", async () => {
    const options = { ...PLAIN, algorithm: "adam", learningRate: 0.01, epochs: 1 } as const;
    expectClose(await trainedBy(line(), examples, options), [1.01, 0.01]);
  });

  it("follows the slope of the error, measured by going a little way along each parameter", async () => {
    for (const activation of ["tanh", "sigmoid", "linear"] as const) {
      const shape: NetworkShape = {
        inputs: 3,
        layers: [
          { neurons: 4, activation },
          { neurons: 3, activation: "tanh" },
          { neurons: 2, activation },
        ],
      };
      const network = createNetwork(shape, 5, engine);
      const batch = { inputs: aBatch(3, 20, 1), targets: aBatch(2, 20, 2) };
      const rate = 0.125;
      const after = await trainedBy(network, batch, {
        ...PLAIN,
        algorithm: "batch",
        learningRate: rate,
        epochs: 1,
      });
      for (const [at, parameter] of network.parameters.entries()) {
        const errorWith = (by: number) => {
          const moved = network.parameters.slice();
          moved[at] = parameter + by;
          // The error is a mean over both outputs of the square; what is followed is half the sum.
          return errorOf(networkOf(shape, moved, engine), batch);
        };
        const slope = (errorWith(0.01) - errorWith(-0.01)) / 0.02;
        expect((parameter - after[at]!) / rate).toBeCloseTo(slope, 2.5);
      }
    }
  });

  it.each([
    ["incremental", { learningRate: 0.5, epochs: 3000 }],
    ["batch", { learningRate: 2, epochs: 4000 }],
    ["rprop", { epochs: 400 }],
    ["adam", { learningRate: 0.02, updateRows: 2, epochs: 2000 }],
  ] as const)("learns exclusive or by %s", async (algorithm, options) => {
    const network = createNetwork(XOR_SHAPE, 3, engine);
    const training = { ...PLAIN, ...options, algorithm, errorAtMost: 0.01, seed: 1 };
    const { network: trained, report } = await trainNetwork(network, XOR, training);
    expect(report.stopped).toBe("error");
    expect(Array.from(trained.forward(XOR.inputs), Math.round)).toEqual([0, 1, 1, 0]);
  });

  it("leaves the network it was given, and the examples, as they were", async () => {
    const network = line();
    const given = { inputs: examples.inputs.slice(), targets: examples.targets.slice() };
    const training = trainNetwork(network, given, PLAIN);
    given.inputs.fill(Number.NaN);
    expectClose(Array.from((await training).network.parameters), await trainedBy(line(), examples, PLAIN));
    expect(network.parameters).toEqual(Float32Array.of(1, 0));
  });

  it("stops early, and gives the network that was best on the rows kept apart", async () => {
    const noise = { inputs: aBatch(8, 60, 1), targets: aBatch(1, 60, 2) };
    const shape: NetworkShape = {
      inputs: 8,
      layers: [
        { neurons: 20, activation: "tanh" },
        { neurons: 1, activation: "linear" },
      ],
    };
    const training = { validationShare: 0.25, patience: 15, epochs: 1000, seed: 4 };
    const { report } = await trainNetwork(createNetwork(shape, 1, engine), noise, training);
    expect(report.stopped).toBe("patience");
    expect(report.epochs).toBe(report.bestEpoch + 15);
    expect(report.trainingError).toBeLessThan(report.validationError!);
  });

  it("ends between two epochs when it is cancelled", async () => {
    const cancel = new AbortController();
    const training = trainNetwork(line(), examples, { ...PLAIN, epochs: 1_000_000, signal: cancel.signal });
    setTimeout(() => cancel.abort(), 20);
    await expect(training).rejects.toMatchObject({ code: "CANCELLED", data: { epochs: expect.any(Number) } });
    const late = trainNetwork(line(), examples, { signal: AbortSignal.abort() });
    await expect(late).rejects.toMatchObject({ code: "CANCELLED", data: { epochs: 0 } });
  });

  it("says what to do when the parameters leave the range of numbers", async () => {
    const options = { ...PLAIN, algorithm: "batch", learningRate: 1000 } as const;
    await expect(trainNetwork(line(), examples, options)).rejects.toMatchObject({
      code: "DIVERGED",
      message: expect.stringMatching(/a lower learning rate than 1000/),
    });
  });
});

describe("training", () => {
  it.runIf(addon !== undefined)("comes to the same bits on both engines, by every rule", async () => {
    const native = createNetworkEngine(addon);
    await fc.assert(
      fc.asyncProperty(
        aShape,
        fc.constantFrom<Algorithm>(...ALGORITHMS),
        fc.integer({ min: 1, max: 90 }),
        fc.integer(),
        async (shape, algorithm, rows, seed) => {
          const network = createNetwork(shape, seed, js);
          const outputs = shape.layers.at(-1)!.neurons;
          const batch = {
            inputs: aBatch(shape.inputs, rows, seed),
            targets: aBatch(outputs, rows, seed + 1),
          };
          const options = { algorithm, epochs: 3, seed, learningRate: 1e-4, updateRows: 40 };
          const reference = await trainNetwork(network, batch, options);
          const other = await trainNetwork(networkOf(shape, network.parameters, native), batch, options);
          expect(other.report).toEqual(reference.report);
          expect(other.network.parameters).toEqual(reference.network.parameters);
        },
      ),
      { numRuns: 25 },
    );
  });

  it.runIf(addon !== undefined)("leaves the event loop free on the native engine", async () => {
    const shape: NetworkShape = { inputs: 64, layers: [{ neurons: 256, activation: "tanh" }] };
    const batch = { inputs: aBatch(64, 4000, 1), targets: aBatch(256, 4000, 2) };
    let turns = 0;
    const ticking = setInterval(() => turns++, 1);
    await trainNetwork(createNetwork(shape, 1, createNetworkEngine(addon)), batch, { epochs: 3 });
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(5);
  });

  it.each([
    [{ algorithm: "sgd" }, /algorithm: "sgd"; give one of incremental, batch, rprop, adam/],
    [{ algorithm: "adam", learningRate: 0 }, /learningRate: 0; give a number from/],
    [{ epochs: 0 }, /epochs: 0; give a whole number from 1/],
    [{ validationShare: 1 }, /validationShare: 1; give a number from 0 to 0.9/],
    [{ patience: 1.5 }, /patience: 1.5; give a whole number/],
    [{ momentum: 0.9 }, /training knows no momentum; it takes/],
    [{ seed: Number.NaN }, /seed: NaN/],
  ])("refuses options that make no sense: %j", async (options, message) => {
    const training = trainNetwork(createNetwork(XOR_SHAPE, 1, js), XOR, options as TrainingOptions);
    await expect(training).rejects.toThrow(message);
  });

  it("refuses examples without a target for each row, or with gaps", async () => {
    const network = createNetwork(XOR_SHAPE, 1, js);
    const gap = Float32Array.of(0, Number.NaN, 0, 1);
    await expect(trainNetwork(network, { ...XOR, targets: new Float32Array(3) })).rejects.toThrow(
      /targets: 3 numbers; give 4: rows of 1, one for each of the inputs/,
    );
    await expect(trainNetwork(network, { ...XOR, targets: gap })).rejects.toThrow(/targets\[1\]: NaN/);
  });
});

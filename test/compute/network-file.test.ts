import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32c } from "../../src/base/crc32c.js";
import { createNetwork } from "../../src/compute/network.js";
import { loadNetwork, saveNetwork } from "../../src/compute/network-file.js";
import { JsNetworkEngine } from "../../src/compute/network-js.js";
import { packPlain } from "../../src/wire/codec.js";
import { aShape } from "./network-scenes.js";

const js = new JsNetworkEngine();
const network = createNetwork(
  {
    inputs: 3,
    layers: [
      { neurons: 4, activation: "relu" },
      { neurons: 2, activation: "sigmoid" },
    ],
  },
  1,
  js,
);
const saved = saveNetwork(network);

const refused = (bytes: Uint8Array, message: RegExp) => {
  expect(() => loadNetwork(bytes, js)).toThrow(expect.objectContaining({ code: "NETWORK_FILE" }));
  expect(() => loadNetwork(bytes, js)).toThrow(message);
};

describe("a saved network", () => {
  it("comes back as it was, whatever its shape", () => {
    fc.assert(
      fc.property(aShape, fc.integer(), (shape, seed) => {
        const one = createNetwork(shape, seed, js);
        const back = loadNetwork(saveNetwork(one), js);
        expect(back.shape).toEqual(one.shape);
        expect(back.parameters).toEqual(one.parameters);
        expect(saveNetwork(back)).toEqual(saveNetwork(one));
      }),
      { numRuns: 10 },
    );
  });

  it("is refused when any byte of it changed", () => {
    for (let at = 0; at < saved.length; at++) {
      const changed = saved.slice();
      changed[at] = changed[at]! ^ 0x10;
      refused(changed, /these bytes are no network/);
    }
    const last = saved.slice();
    last[last.length - 1] = last[last.length - 1]! ^ 1;
    refused(last, /their checksum does not fit: some of them changed; load a whole copy/);
  });

  it("is refused when it was cut off, at any byte, or goes on behind its end", () => {
    for (let length = 0; length < saved.length; length++)
      refused(saved.subarray(0, length), /these bytes are no network/);
    refused(saved.subarray(0, 12), /they end after 12 bytes, in the head/);
    refused(saved.subarray(0, 60), new RegExp(`there are 60 of them, and their head says ${saved.length}`));
    refused(Uint8Array.of(...saved, 0), /load a whole copy/);
  });

  it("is told from other files, and from one of a newer Hive", () => {
    refused(new TextEncoder().encode("FANN_FLO_2.1\nnum_layers=4"), /do not begin with "HIVE-NET"/);
    refused(new Uint8Array(0), /do not begin with "HIVE-NET"/);
    refused("HIVE-NET" as unknown as Uint8Array, /they are no Uint8Array; read the file as bytes/);
    refused(
      forge({ ...network.shape, parameters: new Uint8Array(0) }, 2),
      /of version 2, and this Hive reads 1/,
    );
  });

  it("is refused when somebody made it up, in spite of a right checksum", () => {
    const parameters = new Uint8Array(4 * network.parameters.length);
    refused(forge(null), /parameters are no bytes/);
    refused(
      forge({ ...network.shape, parameters: parameters.subarray(4) }),
      /parameters: 25 numbers; give 26/,
    );
    refused(forge({ ...network.shape, inputs: -1, parameters }), /inputs: -1; give a whole number/);
    refused(forge({ inputs: 3, layers: "many", parameters }), /layers: "many"|layers: many; give a list/);
    refused(forge({ ...network.shape, parameters: parameters.map(() => 255) }), /parameters\[0\]: NaN/);
  });
});

/** A file whose head is right, around another body. */
function forge(body: unknown, version = 1): Uint8Array {
  const packed = packPlain(body);
  const bytes = new Uint8Array(20 + packed.length);
  bytes.set(saved.subarray(0, 8));
  bytes.set(packed, 20);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, version, true);
  view.setUint32(16, packed.length, true);
  view.setUint32(12, crc32c(bytes, 8, 12, crc32c(bytes, 16)), true);
  return bytes;
}

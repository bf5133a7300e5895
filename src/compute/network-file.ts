// A network as bytes, for a file or a message, and back: sealed as sealed-bytes.ts says. The body is MessagePack:
// { inputs, layers: [{ neurons, activation }], parameters: bytes of 32-bit floats }.

import { isObject } from "../base/show.js";
import { inspectBoundary } from "../wire/boundary.js";
import { packPlain, unpackPlain } from "../wire/codec.js";
import { type Network, networkOf } from "./network.js";
import type { NetworkEngine } from "./network-engine.js";
import { LAYERS_MAX, type NetworkShape, PARAMETERS_MAX } from "./network-shape.js";
import { floatsFrom, floatsToBytes, openSealed, type Seal, sealBytes } from "./sealed-bytes.js";

const SEAL: Seal = {
  magic: "HIVE-NET",
  version: 1,
  code: "NETWORK_FILE",
  name: "network",
  madeBy: "saveNetwork",
};
/** The parameters, and beside them at most so many bytes for each layer. */
const BODY_CAPS = { maxBytes: 4 * PARAMETERS_MAX + 64 * (LAYERS_MAX + 1), maxDepth: 4 };

/** The bytes of a network. Equal networks give equal bytes. */
export function saveNetwork({ shape, parameters }: Network): Uint8Array {
  const { inputs, layers } = shape;
  return sealBytes(SEAL, packPlain({ inputs, layers, parameters: floatsToBytes(parameters) }));
}

/** The network that `saveNetwork` made bytes of. Throws NETWORK_FILE for bytes that are none, with what is wrong. */
export function loadNetwork(bytes: Uint8Array, engine: NetworkEngine): Network {
  return openSealed(SEAL, bytes, (body) => {
    inspectBoundary(body, BODY_CAPS);
    const { shape, parameters } = partsOf(unpackPlain(body));
    return networkOf(shape, parameters, engine);
  });
}

function partsOf(body: unknown): { shape: NetworkShape; parameters: Float32Array } {
  const { inputs, layers, parameters } = isObject(body) ? (body as Record<string, unknown>) : {};
  const floats = floatsFrom("parameters", parameters);
  return { shape: { inputs, layers } as NetworkShape, parameters: floats };
}

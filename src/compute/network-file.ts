// A network as bytes, for a file or a message, and back.
//
//    0  8   "HIVE-NET"
//    8  4   version of what follows, 1                     (numbers by lowest byte first)
//   12  4   CRC32C of all from byte 16 on, continued over bytes 8 to 12
//   16  4   length of the body
//   20  …   body, MessagePack: { inputs, layers: [{ neurons, activation }], parameters: bytes of 32-bit floats }
//
// Bytes that are not exactly that are refused, and the error says which of the usual accidents it was: another file,
// one that was cut off, one whose bytes changed, or one written by a newer Hive.

import { crc32c } from "../base/crc32c.js";
import { CodedError } from "../base/errors.js";
import { isObject } from "../base/show.js";
import { inspectBoundary } from "../wire/boundary.js";
import { packPlain, unpackPlain } from "../wire/codec.js";
import { type Network, networkOf } from "./network.js";
import type { NetworkEngine } from "./network-engine.js";
import { LAYERS_MAX, type NetworkShape, PARAMETERS_MAX } from "./network-shape.js";

const MAGIC = new TextEncoder().encode("HIVE-NET");
const OFFSET_VERSION = 8;
const OFFSET_CHECKSUM = 12;
const OFFSET_LENGTH = 16;
const OFFSET_BODY = 20;
const VERSION = 1;
/** The parameters, and beside them at most so many bytes for each layer. */
const BODY_CAPS = { maxBytes: 4 * PARAMETERS_MAX + 64 * (LAYERS_MAX + 1), maxDepth: 4 };

/** The bytes of a network. Equal networks give equal bytes. */
export function saveNetwork({ shape, parameters }: Network): Uint8Array {
  const { inputs, layers } = shape;
  const body = packPlain({ inputs, layers, parameters: littleEndian(parameters) });
  const bytes = new Uint8Array(OFFSET_BODY + body.length);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(OFFSET_VERSION, VERSION, true);
  view.setUint32(OFFSET_LENGTH, body.length, true);
  bytes.set(body, OFFSET_BODY);
  view.setUint32(OFFSET_CHECKSUM, checksumOf(bytes), true);
  return bytes;
}

/** The network that `saveNetwork` made bytes of. Throws NETWORK_FILE for bytes that are none, with what is wrong. */
export function loadNetwork(bytes: Uint8Array, engine: NetworkEngine): Network {
  checkHead(bytes);
  try {
    const body = bytes.subarray(OFFSET_BODY);
    inspectBoundary(body, BODY_CAPS);
    const { shape, parameters } = partsOf(unpackPlain(body));
    return networkOf(shape, parameters, engine);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw refusal(`their checksum is right and their content is not: ${reason}`, "save it anew", error);
  }
}

function checkHead(bytes: Uint8Array): void {
  const again = "load a whole copy, or save it anew";
  if (!(bytes instanceof Uint8Array)) throw refusal("they are no Uint8Array", "read the file as bytes");
  if (bytes.length < MAGIC.length || MAGIC.some((byte, at) => bytes[at] !== byte))
    throw refusal('they do not begin with "HIVE-NET"', "give what saveNetwork returned");
  if (bytes.length < OFFSET_BODY) throw refusal(`they end after ${bytes.length} bytes, in the head`, again);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(OFFSET_VERSION, true);
  const isWhole = checksumOf(bytes) === view.getUint32(OFFSET_CHECKSUM, true);
  if (isWhole && version !== VERSION)
    throw refusal(`they are of version ${version}, and this Hive reads ${VERSION}`, "update Hive");
  const expected = OFFSET_BODY + view.getUint32(OFFSET_LENGTH, true);
  if (bytes.length !== expected)
    throw refusal(`there are ${bytes.length} of them, and their head says ${expected}`, again);
  if (!isWhole) throw refusal("their checksum does not fit: some of them changed", again);
}

function checksumOf(bytes: Uint8Array): number {
  const content = crc32c(bytes, OFFSET_LENGTH);
  return crc32c(bytes, OFFSET_VERSION, OFFSET_CHECKSUM, content);
}

function partsOf(body: unknown): { shape: NetworkShape; parameters: Float32Array } {
  const { inputs, layers, parameters } = isObject(body) ? (body as Record<string, unknown>) : {};
  if (!(parameters instanceof Uint8Array) || parameters.length % 4 !== 0)
    throw new Error("parameters are no bytes of 32-bit floats");
  const view = new DataView(parameters.buffer, parameters.byteOffset, parameters.byteLength);
  const floats = Float32Array.from({ length: parameters.length / 4 }, (_, at) =>
    view.getFloat32(4 * at, true),
  );
  return { shape: { inputs, layers } as NetworkShape, parameters: floats };
}

function littleEndian(parameters: Float32Array): Uint8Array {
  const bytes = new Uint8Array(4 * parameters.length);
  const view = new DataView(bytes.buffer);
  for (const [at, value] of parameters.entries()) view.setFloat32(4 * at, value, true);
  return bytes;
}

function refusal(what: string, help: string, cause?: unknown): CodedError {
  return new CodedError("NETWORK_FILE", `these bytes are no network: ${what}; ${help}`, { cause });
}

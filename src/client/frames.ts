// A frame for the hub, checked as the hub will check it and packed. A frame that the hub cannot take closes the socket,
// and every other call on it is lost as well; so what is wrong with a call is said here, of that one call.

import { ACTOR_PROTOCOL_LIMITS, type ClientFrame, clientFrameShape } from "../wire/actor-protocol.js";
import { BoundaryError, inspectBoundary } from "../wire/boundary.js";
import { packPlain } from "../wire/codec.js";
import { readShape } from "../wire/http-shapes.js";
import { FRAME_FORM, requireForm } from "../wire/outward.js";
import { ClientError, refused } from "./errors.js";

const { messageBytes, depth } = ACTOR_PROTOCOL_LIMITS;
const CAPS = { maxBytes: messageBytes, maxDepth: depth };

/** Throws VALIDATION_ERROR, ENCODE or PAYLOAD_TOO_LARGE. */
export function packFrame(frame: ClientFrame): Uint8Array {
  try {
    readShape(clientFrameShape, frame, "The call");
    if ("payload" in frame) requireForm(frame.payload, FRAME_FORM, "payload");
    const bytes = packPlain(frame);
    if (bytes.length > messageBytes) throw tooLarge(bytes.length);
    inspectBoundary(bytes, CAPS);
    return bytes;
  } catch (error) {
    if (error instanceof BoundaryError) throw new ClientError("ENCODE", `payload: ${error.message}`);
    throw refused(error);
  }
}

function tooLarge(bytes: number): ClientError {
  const what = `The message has ${bytes} bytes, at most ${messageBytes} are taken`;
  return new ClientError("PAYLOAD_TOO_LARGE", `${what}; send large data by blobs.put and name its blob_id.`);
}

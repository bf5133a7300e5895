// The other side of the postMessage peer: counts one-way messages of one shape and reports when all arrived, or echoes.

import { parentPort, workerData } from "node:worker_threads";
import {
  type Fields,
  fieldsMessage,
  type Shape,
  type Typed,
  weighBinary,
  weighFields,
  weighTyped,
} from "./shapes.js";

const port = parentPort;
if (port === null) throw new Error("this file runs in a worker thread");

const { shape, count } = workerData as { readonly shape: Shape | "echo" | "stream"; readonly count: number };
let seen = 0;
let sent = 0;
let sum = 0;

function take(weight: number): void {
  sum += weight;
  seen += 1;
  if (seen < count) return;
  port?.postMessage({ count: seen, sum });
  seen = 0;
  sum = 0;
}

// Why a listener for each shape: the peer gets code that the engine can specialise, as ours does.
const listeners = {
  empty: () => take(1),
  typed: (message: Typed) => take(weighTyped(message)),
  fields: (message: Fields) => take(weighFields(message)),
  binary: (message: Uint8Array) => take(weighBinary(message)),
  /** Credit; a negative number begins a new stream with it. */
  stream: (credit: number) => {
    if (credit < 0) sent = 0;
    for (let i = Math.abs(credit); i > 0 && sent < count; i -= 1, sent += 1)
      port.postMessage(fieldsMessage(sent));
  },
  echo: (message: { readonly spin?: boolean }) => {
    if (message.spin === undefined) port.postMessage(message);
    else spinWhile(message.spin);
  },
};
port.on("message", listeners[shape]);
port.postMessage("ready");

let spinning = false;

/** Keeps this thread's event loop awake, so that it polls for messages instead of sleeping. */
function spinWhile(wanted: boolean): void {
  const start = wanted && !spinning;
  spinning = wanted;
  const turn = (): void => {
    if (spinning) setImmediate(turn);
  };
  if (start) turn();
}

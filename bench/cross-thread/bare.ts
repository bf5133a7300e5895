// What bounds us: the same questions put to shared memory, bells and rings with nothing around them: no mailbox, no
// actor, no supervision. A number goes there and back while both event loops turn as ours must; or bytes are copied in
// and out; or messages are encoded into a ring and decoded out of it, and nobody is found to handle them.

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { loadAddon } from "../../src/base/addon.js";
import { BellExchange } from "../../src/base/bell.js";
import { allocateRing, DATA_RING_BYTES } from "../../src/ring/layout.js";
import { RingWriter, SENT } from "../../src/ring/writer.js";
import { Envelope, KIND_MESSAGE } from "../../src/wire/envelope.js";
import type { Contender } from "../question.js";
import type { Asker } from "./asking.js";
import { BINARY_BYTES, binaryMessage, expectedSum, MESSAGES, type Receipt, type Shape } from "./shapes.js";

const WORKER = new URL("./bare-worker.js", import.meta.url);
export const OTHER_THREAD = 1;

/** Words of the memory that both threads see. */
export const ASKED = 0;
export const ANSWERED = 1;
export const SPINS = 2;
export const WRITTEN = 3;
export const READ = 4;
export const WORDS = 5;

/** Binaries that may be under way at once. */
export const SLOTS = 4;

/** Numbers through one word each way; a bell wakes who sleeps, and who polls looks once each turn of its event loop. */
export async function bareAsker(): Promise<Asker> {
  const words = new Int32Array(new SharedArrayBuffer(4 * WORDS));
  const { addon } = loadAddon({});
  const bells = new BellExchange(addon);
  const { seat, transfer } = bells.admit(OTHER_THREAD);
  const worker = new Worker(WORKER, { workerData: { words, seat }, transferList: [...transfer] });
  await once(worker, "message");
  let resolve: (answer: number) => void = () => undefined;
  let asked = 0;
  const look = (): void => {
    const answer = Atomics.load(words, ANSWERED);
    if (asked === 0 || answer !== asked) return;
    asked = 0;
    resolve(answer - 1);
  };
  const turn = (): void => {
    look();
    if (words[SPINS] === 1) setImmediate(turn);
  };
  bells.own.listen(look);
  bells.own.keepAlive(true);
  const askOne = (value: number): Promise<number> =>
    new Promise((answer) => {
      resolve = answer;
      // Zero is for nobody.
      asked = value + 1;
      Atomics.store(words, ASKED, asked);
      if (words[SPINS] === 0) bells.own.ring(OTHER_THREAD);
    });
  let last = Promise.resolve(0);
  return {
    // One word holds one number: who asks meanwhile waits.
    ask: (value) => {
      last = last.then(() => askOne(value));
      return last;
    },
    spin: async (wanted) => {
      Atomics.store(words, SPINS, wanted ? 1 : 0);
      if (!wanted) return;
      bells.own.ring(OTHER_THREAD);
      turn();
    },
    close: async () => {
      await worker.terminate();
      bells.close();
    },
  };
}

/** Messages written before the reader hears of them, as in a batch of ours. */
const PUBLISH_EVERY = 32;

/** Messages through one ring of ours, each encoded and decoded; both threads poll and do nothing else. */
export function bareRing(shape: Shape, count: number): Contender {
  return {
    system: "bare ring",
    params: { messages: count },
    open: async () => {
      const ring = allocateRing(DATA_RING_BYTES);
      const worker = new Worker(WORKER, { workerData: { ring, shape, count } });
      await once(worker, "message");
      const writer = new RingWriter(ring);
      const envelope = new Envelope();
      envelope.kind = KIND_MESSAGE;
      envelope.method = shape;
      envelope.receiverSlot = 1;
      const message = MESSAGES[shape];
      const run = async () => {
        const startedMs = performance.now();
        const receipt = once(worker, "message");
        worker.postMessage("go");
        for (let sent = 0; sent < count; ) {
          if (writer.write(envelope, message(sent)) === SENT) sent += 1;
          else writer.publish();
          if (sent % PUBLISH_EVERY === 0) writer.publish();
        }
        writer.publish();
        const [{ count: seen, sum }] = (await receipt) as [Receipt];
        const value = count / ((performance.now() - startedMs) / 1000);
        return { value, verified: seen === count && sum === expectedSum(shape, count) };
      };
      return { run, close: async () => void (await worker.terminate()) };
    },
  };
}

/** Binaries copied into shared memory here and into a new buffer there; both threads poll and do nothing else. */
export function bareCopies(count: number, value: (perSecond: number) => number): Contender {
  return {
    system: "bare copies",
    params: { messages: count },
    open: async () => {
      const words = new Int32Array(new SharedArrayBuffer(4 * WORDS));
      const slots = new Uint8Array(new SharedArrayBuffer(SLOTS * BINARY_BYTES));
      const worker = new Worker(WORKER, { workerData: { words, slots, count } });
      await once(worker, "message");
      const run = async () => {
        const startedMs = performance.now();
        const receipt = once(worker, "message");
        worker.postMessage("go");
        const first = Atomics.load(words, WRITTEN);
        for (let sent = 0; sent < count; sent += 1) {
          while (first + sent - Atomics.load(words, READ) >= SLOTS);
          slots.set(binaryMessage(sent), ((first + sent) % SLOTS) * BINARY_BYTES);
          Atomics.store(words, WRITTEN, first + sent + 1);
        }
        const [{ count: seen, sum }] = (await receipt) as [Receipt];
        const perSecond = count / ((performance.now() - startedMs) / 1000);
        return { value: value(perSecond), verified: seen === count && sum === expectedSum("binary", count) };
      };
      return { run, close: async () => void (await worker.terminate()) };
    },
  };
}

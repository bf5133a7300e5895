// What bounds us: the same questions put to shared memory and bells with nothing around them: no codec, no mailbox, no
// actor. A number goes there and back, or bytes are copied in and out, and both event loops turn as ours must.

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { loadAddon } from "../../src/base/addon.js";
import { BellExchange } from "../../src/base/bell.js";
import type { Contender } from "../question.js";
import type { Asker } from "./asking.js";
import { BINARY_BYTES, binaryMessage, expectedSum, type Receipt } from "./shapes.js";

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

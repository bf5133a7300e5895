// The peer everybody has: postMessage to a worker thread, structured clone included, with nothing around it.

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Contender, Session } from "../question.js";
import type { Asker } from "./asking.js";
import {
  binaryMessage,
  expectedSum,
  type Fields,
  fieldsMessage,
  type Receipt,
  type Shape,
  typedMessage,
  weighFields,
} from "./shapes.js";

const WORKER = new URL("./post-message-worker.js", import.meta.url);

async function startWorker(workerData: unknown): Promise<Worker> {
  const worker = new Worker(WORKER, { workerData });
  await once(worker, "message");
  return worker;
}

const SENDERS: Readonly<Record<Shape, (worker: Worker, count: number) => void>> = {
  // Why a small integer: it is the cheapest thing postMessage can carry.
  empty: (worker, count) => {
    for (let sent = 0; sent < count; sent += 1) worker.postMessage(0);
  },
  typed: (worker, count) => {
    for (let sent = 0; sent < count; sent += 1) worker.postMessage(typedMessage());
  },
  fields: (worker, count) => {
    for (let sent = 0; sent < count; sent += 1) worker.postMessage(fieldsMessage(sent));
  },
  binary: (worker, count) => {
    for (let sent = 0; sent < count; sent += 1) worker.postMessage(binaryMessage(sent));
  },
};

/** `count` messages of one shape, one way; `value` turns messages per second into the question's unit. */
export function postMessageOneWay(
  shape: Shape,
  count: number,
  value: (perSecond: number) => number,
): Contender {
  return {
    system: "postMessage",
    params: { messages: count },
    open: async (): Promise<Session> => {
      const worker = await startWorker({ shape, count });
      return {
        run: async () => {
          const startedMs = performance.now();
          const receipt = once(worker, "message");
          SENDERS[shape](worker, count);
          const [{ count: seen, sum }] = (await receipt) as [Receipt];
          const perSecond = count / ((performance.now() - startedMs) / 1000);
          return { value: value(perSecond), verified: seen === count && sum === expectedSum(shape, count) };
        },
        close: async () => void (await worker.terminate()),
      };
    },
  };
}

/** Elements as they are asked for: a message each, and one back for every half window. */
export function postMessageStream(count: number, window: number): Contender {
  return {
    system: "postMessage",
    params: { elements: count },
    open: async (): Promise<Session> => {
      const worker = await startWorker({ shape: "stream", count });
      const half = window >> 1;
      const read = (): Promise<Receipt> =>
        new Promise((resolve) => {
          let seen = 0;
          let sum = 0;
          const take = (element: Fields): void => {
            sum += weighFields(element);
            seen += 1;
            if (seen % half === 0) worker.postMessage(half);
            if (seen < count) return;
            worker.off("message", take);
            resolve({ count: seen, sum });
          };
          worker.on("message", take);
          worker.postMessage(-window);
        });
      return {
        run: async () => {
          const startedMs = performance.now();
          const receipt = await read();
          const value = count / ((performance.now() - startedMs) / 1000);
          return { value, verified: receipt.count === count && receipt.sum === expectedSum("fields", count) };
        },
        close: async () => void (await worker.terminate()),
      };
    },
  };
}

/** Request and reply by number, the least that a program needs around postMessage to ask. */
export async function postMessageAsker(): Promise<Asker> {
  const worker = await startWorker({ shape: "echo", count: 0 });
  const waiting = new Map<number, (value: number) => void>();
  let lastId = 0;
  worker.on("message", ({ id, value }: { readonly id: number; readonly value: number }) => {
    const settle = waiting.get(id);
    waiting.delete(id);
    settle?.(value);
  });
  return {
    ask: (value) =>
      new Promise((resolve) => {
        lastId += 1;
        waiting.set(lastId, resolve);
        worker.postMessage({ id: lastId, value });
      }),
    spin: async (wanted) => worker.postMessage({ spin: wanted }),
    close: async () => void (await worker.terminate()),
  };
}

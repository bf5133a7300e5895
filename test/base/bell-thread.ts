// A worker thread of the bell tests: opens its bell, tells each wake-up, does what it is told.

import { parentPort, workerData } from "node:worker_threads";
import { loadAddon } from "../../src/base/addon.js";
import { openBell } from "../../src/base/bell.js";
import type { BellLine, BellSeat } from "../../src/base/bell-seat.js";

export interface BellThreadData {
  readonly seat: BellSeat;
  /** "obey" takes orders until told to close, "leave" lets its loop end, "stay" is held by its bell only. */
  readonly mode: "obey" | "leave" | "stay" | "throw";
}

export type BellThreadOrder =
  | { readonly order: "connect"; readonly line: BellLine }
  | { readonly order: "ring"; readonly thread: number }
  | { readonly order: "close" };

export type BellThreadNews = "ready" | "woken" | "rang" | "connected";

const { seat, mode } = workerData as BellThreadData;
const bell = openBell(seat, loadAddon().addon);
const tell = (news: BellThreadNews): void => parentPort?.postMessage(news);

bell.listen(() => {
  if (mode === "throw") throw new Error("the wake function failed");
  tell("woken");
  if (mode === "stay") bell.close();
});
if (mode === "stay" || mode === "throw") bell.keepAlive(true);
if (mode === "obey") {
  parentPort?.on("message", (order: BellThreadOrder) => {
    if (order.order === "connect") {
      bell.connect(order.line);
      tell("connected");
    } else if (order.order === "ring") {
      bell.ring(order.thread);
      tell("rang");
    } else {
      bell.close();
      parentPort?.close();
    }
  });
}
tell("ready");

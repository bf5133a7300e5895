import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { loadAddon } from "../../src/base/addon.js";
import { BellExchange, openBell } from "../../src/base/bell.js";
import type { BellKind } from "../../src/base/bell-seat.js";
import type { BellThreadData, BellThreadNews, BellThreadOrder } from "./bell-thread.js";

const { addon } = loadAddon();
const kinds: BellKind[] = addon === undefined ? ["port"] : ["native", "port"];

/** A worker thread whose news can be awaited one by one, however early they came. */
class Player {
  readonly worker: Worker;
  readonly #news: BellThreadNews[] = [];
  #waiting: (() => void) | undefined;

  constructor(exchange: BellExchange, thread: number, mode: BellThreadData["mode"], others: Player[] = []) {
    const { seat, transfer, introductions } = exchange.admit(thread);
    const workerData: BellThreadData = { seat, mode };
    this.worker = new Worker(new URL("./bell-thread.js", import.meta.url), {
      workerData,
      transferList: [...transfer],
    });
    this.worker.on("message", (news: BellThreadNews) => {
      this.#news.push(news);
      this.#waiting?.();
    });
    for (const { thread: target, line } of introductions) {
      others[target - 1]?.worker.postMessage({ order: "connect", line } satisfies BellThreadOrder, [
        line.port,
      ]);
    }
    players.push(this);
  }

  async hears(news: BellThreadNews): Promise<void> {
    while (!this.#news.includes(news)) await new Promise<void>((resolve) => void (this.#waiting = resolve));
    this.#news.splice(this.#news.indexOf(news), 1);
  }

  order(order: BellThreadOrder): void {
    this.worker.postMessage(order);
  }
}

const players: Player[] = [];
const exchanges: BellExchange[] = [];

function openExchange(kind: BellKind): BellExchange {
  const exchange = new BellExchange(kind === "native" ? addon : undefined);
  exchanges.push(exchange);
  return exchange;
}

function listenOnce(exchange: BellExchange): Promise<void> {
  return new Promise((resolve) => exchange.own.listen(resolve));
}

afterEach(async () => {
  await Promise.all(players.splice(0).map(({ worker }) => worker.terminate()));
  for (const exchange of exchanges.splice(0)) exchange.close();
});

describe.each(kinds)("a %s bell", (kind) => {
  it("wakes the thread that is rung, from the main thread and back", async () => {
    const exchange = openExchange(kind);
    const woken = listenOnce(exchange);
    const one = new Player(exchange, 1, "obey");
    await one.hears("ready");
    exchange.own.ring(1);
    await one.hears("woken");
    one.order({ order: "ring", thread: 0 });
    await woken;
  });

  it("wakes a thread that started later, and one that started earlier", async () => {
    const exchange = openExchange(kind);
    const one = new Player(exchange, 1, "obey");
    const two = new Player(exchange, 2, "obey", [one]);
    await Promise.all([one.hears("ready"), two.hears("ready")]);
    one.order({ order: "ring", thread: 2 });
    await two.hears("woken");
    two.order({ order: "ring", thread: 1 });
    await one.hears("woken");
  });

  it("wakes the thread that took over a number", async () => {
    const exchange = openExchange(kind);
    const one = new Player(exchange, 1, "obey");
    const two = new Player(exchange, 2, "obey", [one]);
    await Promise.all([one.hears("ready"), two.hears("ready")]);
    await two.worker.terminate();
    one.order({ order: "ring", thread: 2 });
    await one.hears("rang");
    const successor = new Player(exchange, 2, "obey", [one]);
    await successor.hears("ready");
    one.order({ order: "ring", thread: 2 });
    exchange.own.ring(2);
    await successor.hears("woken");
    successor.order({ order: "ring", thread: 1 });
    await one.hears("woken");
  });

  it("wakes its own thread", async () => {
    const exchange = openExchange(kind);
    const woken = listenOnce(exchange);
    exchange.own.ring(0);
    await woken;
  });
});

describe.each(kinds)("a %s bell and the end of threads", (kind) => {
  it("ignores rings for nobody, for a thread that is gone and for no thread at all", async () => {
    const exchange = openExchange(kind);
    const woken = listenOnce(exchange);
    const one = new Player(exchange, 1, "obey");
    await one.hears("ready");
    await one.worker.terminate();
    for (const thread of [1, 9, 255, 256, -1, 4_000_000_000]) exchange.own.ring(thread);
    exchange.own.ring(0);
    await woken;
    exchange.own.close();
    exchange.own.ring(0);
  });

  it("does not keep a thread alive by listening", async () => {
    const leaver = new Player(openExchange(kind), 1, "leave");
    expect(await once(leaver.worker, "exit")).toEqual([0]);
  });

  it("keeps a thread alive when told to, until it is closed", async () => {
    const exchange = openExchange(kind);
    const stayer = new Player(exchange, 1, "stay");
    await stayer.hears("ready");
    const exited = once(stayer.worker, "exit");
    exchange.own.ring(1);
    await stayer.hears("woken");
    expect(await exited).toEqual([0]);
  });

  it("makes an error in the wake function an uncaught error of its thread", async () => {
    const exchange = openExchange(kind);
    const thrower = new Player(exchange, 1, "throw");
    const failed = once(thrower.worker, "error");
    await thrower.hears("ready");
    exchange.own.ring(1);
    expect(String((await failed)[0])).toContain("the wake function failed");
  });

  it("wakes nobody of another system in the same process", async () => {
    const [left, right] = [openExchange(kind), openExchange(kind)];
    let strays = 0;
    right.own.listen(() => strays++);
    const woken = listenOnce(left);
    const one = new Player(right, 1, "obey");
    await one.hears("ready");
    left.own.ring(1);
    left.own.ring(0);
    await woken;
    one.order({ order: "ring", thread: 1 });
    await one.hears("rang");
    await one.hears("woken");
    expect(strays).toBe(0);
  });

  it("may be closed twice, and an exchange may be opened as often as one likes", () => {
    for (let round = 0; round < 200; round++) {
      const exchange = new BellExchange(kind === "native" ? addon : undefined);
      exchange.own.listen(() => {});
      exchange.close();
      exchange.close();
    }
    if (kind === "native") expect(addon?.bellCount()).toBe(0);
  });
});

describe("opening bells", () => {
  it.runIf(addon !== undefined)("says so when 64 systems are open in one process", () => {
    const open = Array.from({ length: 64 }, () => openExchange("native"));
    expect(open.map(({ kind }) => kind)).not.toContain("port");
    expect(() => new BellExchange(addon)).toThrow(expect.objectContaining({ code: "BELL_GROUPS_FULL" }));
  });

  it("refuses a native seat on a thread without the addon", () => {
    const seat = { kind: "native", group: 0, thread: 1 } as const;
    expect(() => openBell(seat, undefined)).toThrow(expect.objectContaining({ code: "BELL_UNAVAILABLE" }));
  });
});

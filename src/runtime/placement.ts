// Where an actor runs. Which threads there are to choose from stands on the board, so every thread knows it at once.
//
// Why rendezvous hashing for keys: each key goes to the thread for which the two together weigh most. A thread that is
// added or drained changes that only for the keys it wins or had.

import type { Placement } from "../actor/definition.js";
import type { Places } from "../actor/ports.js";
import { CodedError } from "../base/errors.js";
import { hashText } from "../base/hash.js";
import type { Board } from "./board.js";

/** An actor was to run on a thread that does not exist, or takes no actors any more. */
export class NoSuchThread extends CodedError {
  constructor(given: unknown, open: readonly number[], names: Iterable<string>) {
    const where = typeof given === "object" ? JSON.stringify(given) : String(given);
    const named = [...names].map((name) => `{thread: "${name}"}`);
    const there = [[0, ...open].join(", "), ...named].join(", ");
    super("NO_SUCH_THREAD", `thread ${where}: actors can be on ${there}, "any", "this" or {key: string}`);
  }
}

/** A thread this much busier than the idlest is passed over. */
const SLACK_ACTORS = 16;
const SLACK_RATIO = 1.25;

/** Numbers of threads that were given names. */
export type ThreadNames = Map<string, number>;

/** `any` goes round among the worker threads that are not clearly more loaded than the rest. */
export class Placements implements Places {
  readonly #board: Board;
  readonly #names: ThreadNames;
  /** Worker threads that take actors. With none, everything runs on the main thread. */
  #open: readonly number[] = [];
  #version = 0;
  #turn = 0;

  constructor(board: Board, names: ThreadNames = new Map()) {
    this.#board = board;
    this.#names = names;
  }

  choose(on: Placement, here: number): number {
    if (on === "this") return here;
    const open = this.#openThreads();
    if (on === "any") return this.#leastLoaded(open);
    if (typeof on === "number") return this.#existing(on, on, open);
    if (typeof on === "object" && on !== null) {
      if ("key" in on && typeof on.key === "string") return heaviest(on.key, open);
      if ("thread" in on) return this.#existing(this.#names.get(on.thread), on, open);
    }
    throw new NoSuchThread(on, open, this.#names.keys());
  }

  #existing(thread: number | undefined, given: Placement, open: readonly number[]): number {
    if (thread === undefined || (thread !== 0 && !open.includes(thread)))
      throw new NoSuchThread(given, open, this.#names.keys());
    return thread;
  }

  #openThreads(): readonly number[] {
    const version = this.#board.openVersion;
    if (version !== this.#version) {
      this.#version = version;
      this.#open = this.#board.openThreads();
    }
    return this.#open;
  }

  #leastLoaded(open: readonly number[]): number {
    if (open.length === 0) return 0;
    let fewest = Number.POSITIVE_INFINITY;
    for (const thread of open) fewest = Math.min(fewest, this.#board.liveActors(thread));
    const limit = fewest * SLACK_RATIO + SLACK_ACTORS;
    for (let step = 0; step < open.length; step++) {
      this.#turn = (this.#turn + 1) % open.length;
      if (this.#board.liveActors(open[this.#turn] as number) <= limit) break;
    }
    return open[this.#turn] as number;
  }
}

/** The thread of a key; the same in every process that has these threads. */
function heaviest(key: string, open: readonly number[]): number {
  const hash = hashText(key);
  let [best, bestWeight] = [0, -1];
  for (const thread of open) {
    const weight = weigh(hash, thread);
    if (weight > bestWeight) [best, bestWeight] = [thread, weight];
  }
  return best;
}

/** The key's hash with the thread mixed in (the finisher of MurmurHash3). */
function weigh(hash: number, thread: number): number {
  let mixed = hash ^ Math.imul(thread, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

// The board: the few words of memory that all threads of a system share.
//
// One row per thread:
//   words 0..3  who has written for it: a bit per thread, set after each publish, taken all at once by the reader
//   word 4      1 while it sleeps; whoever turns it to 0 rings its bell
//   word 5      heartbeat, one more with each batch
//   word 32     pulse, one more every few milliseconds; in a cache line that nothing else is written to
// Behind the rows: the counters; the bytes each thread uses; for each topic's number, four words with a bit per thread
// that has subscribers; a bit per thread that takes new actors, and a version that says when to look again.
// Rows are two cache lines apart, so that threads do not disturb each other.
//
// Why a reader cannot sleep through a message: it sets word 4 first and looks at the bits once more; the writer sets
// the bit first and looks at word 4 after. One of the two sees the other.

import { THREADS_MAX } from "../actor/address.js";
import type { Counters } from "../actor/ports.js";
import { TOPIC_NUMBERS } from "../actor/topics.js";

const ROW_WORDS = 64;
const MASK_WORDS = 4;
const SLEEPING = 4;
const HEARTBEAT = 5;
const PULSE = 32;
const COUNTERS = 8;
const BOARD_BYTES = THREADS_MAX * ROW_WORDS * 4;
const MEMORY_OFFSET = BOARD_BYTES + THREADS_MAX * COUNTERS * 8;
const TOPICS_OFFSET = MEMORY_OFFSET + THREADS_MAX * 8;
const OPEN_OFFSET = TOPICS_OFFSET + TOPIC_NUMBERS * MASK_WORDS * 4;
const OPEN_VERSION = MASK_WORDS;

export function allocateBoard(): SharedArrayBuffer {
  return new SharedArrayBuffer(OPEN_OFFSET + (MASK_WORDS + 1) * 4);
}

export class Board {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #counters: Float64Array;
  /** Bytes each thread uses, behind the counters. */
  readonly #usedBytes: Float64Array;
  readonly #subscribers: Int32Array;
  readonly #open: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#words = new Int32Array(memory, 0, BOARD_BYTES / 4);
    this.#counters = new Float64Array(memory, BOARD_BYTES, THREADS_MAX * COUNTERS);
    this.#usedBytes = new Float64Array(memory, MEMORY_OFFSET, THREADS_MAX);
    this.#subscribers = new Int32Array(memory, TOPICS_OFFSET, TOPIC_NUMBERS * MASK_WORDS);
    this.#open = new Int32Array(memory, OPEN_OFFSET);
  }

  /** Says that `from` has written for `to`. True if `to` sleeps and this caller must ring for it. */
  announce(from: number, to: number): boolean {
    const row = to * ROW_WORDS;
    const word = row + (from >> 5);
    const bit = 1 << (from & 31);
    if ((Atomics.load(this.#words, word) & bit) === 0) Atomics.or(this.#words, word, bit);
    return (
      Atomics.load(this.#words, row + SLEEPING) === 1 &&
      Atomics.exchange(this.#words, row + SLEEPING, 0) === 1
    );
  }

  /** Takes one word of who has written for `thread`. */
  takeWriters(thread: number, maskWord: number): number {
    const at = thread * ROW_WORDS + maskWord;
    return Atomics.load(this.#words, at) === 0 ? 0 : Atomics.exchange(this.#words, at, 0);
  }

  /** Whether one of the threads below `threads` has written for `thread`. */
  hasWriters(thread: number, threads: number): boolean {
    const row = thread * ROW_WORDS;
    for (let i = 0; i * 32 < threads; i++) if (Atomics.load(this.#words, row + i) !== 0) return true;
    return false;
  }

  setAsleep(thread: number, asleep: boolean): void {
    Atomics.store(this.#words, thread * ROW_WORDS + SLEEPING, asleep ? 1 : 0);
  }

  isAsleep(thread: number): boolean {
    return Atomics.load(this.#words, thread * ROW_WORDS + SLEEPING) === 1;
  }

  beat(thread: number): void {
    const at = thread * ROW_WORDS + HEARTBEAT;
    this.#words[at] = ((this.#words[at] ?? 0) + 1) | 0;
  }

  heartbeat(thread: number): number {
    return Atomics.load(this.#words, thread * ROW_WORDS + HEARTBEAT);
  }

  /** Lets a worker thread have new actors, or no more of them. Only the main thread decides that. */
  setOpen(thread: number, open: boolean): void {
    const bit = 1 << (thread & 31);
    if (open) Atomics.or(this.#open, thread >> 5, bit);
    else Atomics.and(this.#open, thread >> 5, ~bit);
    Atomics.add(this.#open, OPEN_VERSION, 1);
  }

  isOpen(thread: number): boolean {
    return (Atomics.load(this.#open, thread >> 5) & (1 << (thread & 31))) !== 0;
  }

  /** Changes whenever `openThreads` may. */
  get openVersion(): number {
    return Atomics.load(this.#open, OPEN_VERSION);
  }

  /** The worker threads that take new actors, in order. */
  openThreads(): number[] {
    const open: number[] = [];
    for (let thread = 1; thread < THREADS_MAX; thread++) if (this.isOpen(thread)) open.push(thread);
    return open;
  }

  /** `thread` gives its pulse. */
  beatPulse(thread: number): void {
    Atomics.add(this.#words, thread * ROW_WORDS + PULSE, 1);
  }

  /** The one word of the pulse that a thread feels: the main thread's, or for that one the first worker's. */
  pulseFor(thread: number): Int32Array {
    const at = (thread === 0 ? 1 : 0) * ROW_WORDS + PULSE;
    return this.#words.subarray(at, at + 1);
  }

  setMemory(thread: number, bytes: number): void {
    this.#usedBytes[thread] = bytes;
  }

  /** What a thread used when it last looked; 0 before that. */
  memoryBytes(thread: number): number {
    return this.#usedBytes[thread] ?? 0;
  }

  /** Clears the row of a thread that is gone, for its successor. */
  clear(thread: number): void {
    this.#words.fill(0, thread * ROW_WORDS, (thread + 1) * ROW_WORDS);
    this.#counters.fill(0, thread * COUNTERS, (thread + 1) * COUNTERS);
    this.#usedBytes[thread] = 0;
    for (let number = 0; number < TOPIC_NUMBERS; number++) this.attend(thread, number, false);
  }

  /** Says whether a thread has subscribers of topics with this number. */
  attend(thread: number, topicNumber: number, attends: boolean): void {
    const at = topicNumber * MASK_WORDS + (thread >> 5);
    const bit = 1 << (thread & 31);
    if (attends) Atomics.or(this.#subscribers, at, bit);
    else Atomics.and(this.#subscribers, at, ~bit);
  }

  /** One word of the threads that have subscribers of topics with this number. */
  attending(topicNumber: number, maskWord: number): number {
    return Atomics.load(this.#subscribers, topicNumber * MASK_WORDS + maskWord);
  }

  /** The owner's counters, copied now and then: plain stores, for readers that want a number, not the last one. */
  publishCounters(thread: number, counters: Counters): void {
    // One by one, in the order of COUNTER_NAMES: this comes after every batch, and by name it took five times as long.
    const at = thread * COUNTERS;
    const to = this.#counters;
    to[at] = counters.messages;
    to[at + 1] = counters.faults;
    to[at + 2] = counters.restarts;
    to[at + 3] = counters.spawned;
    to[at + 4] = counters.stopped;
    to[at + 5] = counters.full;
    to[at + 6] = counters.dropped;
    to[at + 7] = counters.deadLetters;
  }

  counters(thread: number): Counters {
    const counters: Record<string, number> = {};
    for (let i = 0; i < COUNTER_NAMES.length; i++) {
      counters[COUNTER_NAMES[i] as string] = this.#counters[thread * COUNTERS + i] ?? 0;
    }
    return counters as unknown as Counters;
  }

  /** Actors alive on a thread, as of its last batch. */
  liveActors(thread: number): number {
    const at = thread * COUNTERS;
    return (this.#counters[at + SPAWNED] ?? 0) - (this.#counters[at + STOPPED] ?? 0);
  }
}

const COUNTER_NAMES = [
  "messages",
  "faults",
  "restarts",
  "spawned",
  "stopped",
  "full",
  "dropped",
  "deadLetters",
] as const;
const SPAWNED = COUNTER_NAMES.indexOf("spawned");
const STOPPED = COUNTER_NAMES.indexOf("stopped");
export const MASK_WORD_COUNT = MASK_WORDS;

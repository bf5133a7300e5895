// What other threads may know of a thread's actors without asking: for each slot the generation that lives there and
// how deep its mailbox is. Only the owner of the actor writes; senders answer `full` and `dead` from it. It may lag.
//
//   word 0          1 …                    then, for each slot
//        +---------+----------------------+-------------+--------------------------------------+
//        | cursor  | owner of each block  | generation  | depth; bit 29 lost, 30 full, 31 dead |
//        +---------+----------------------+-------------+--------------------------------------+
//
// *Lost*: the actor's thread is gone and its supervisor has not decided yet. Its mail waits as for one not born yet.
// While a thread is gone, others write what it cannot: the main thread buries it, supervisors say who will not return.
//
// Slots are handed out in blocks: a thread that spawns actors *onto* another claims a block there by one atomic add and
// numbers the newborn itself, so `spawn` needs no answer. A replaced thread finds its predecessor's blocks by owner.

import { CodedError } from "../base/errors.js";
import { isLater } from "./address.js";

const BLOCK_SLOTS = 256;
const BLOCKS = 4_096;
const SLOTS = BLOCK_SLOTS * BLOCKS;
const HEADER_WORDS = 1 + BLOCKS;
const WORDS_PER_SLOT = 2;

export const DEPTH_MASK = (1 << 29) - 1;
export const LOST_BIT = 1 << 29;
export const FULL_BIT = 1 << 30;
export const DEAD_BIT = 1 << 31;

/** Memory for one thread's presence; pages nobody touches cost nothing. */
export function allocatePresence(): SharedArrayBuffer {
  return new SharedArrayBuffer((HEADER_WORDS + SLOTS * WORDS_PER_SLOT) * 4);
}

/** Every slot of a thread is taken: a million actors of it are known to other threads. */
export class SlotsExhausted extends CodedError {
  constructor(thread: number) {
    super(
      "SLOTS_EXHAUSTED",
      `thread ${thread}: ${SLOTS} actors are known to other threads; stop some or add threads`,
    );
  }
}

export class Presence {
  readonly thread: number;
  readonly #words: Int32Array;

  constructor(memory: SharedArrayBuffer, thread: number) {
    this.#words = new Int32Array(memory);
    this.thread = thread;
  }

  generation(slot: number): number {
    return this.#words[HEADER_WORDS + slot * WORDS_PER_SLOT] ?? 0;
  }

  depthWord(slot: number): number {
    return this.#words[HEADER_WORDS + slot * WORDS_PER_SLOT + 1] ?? 0;
  }

  /** The owner says who lives in the slot and how deep its mailbox is. */
  set(slot: number, generation: number, depthWord: number): void {
    const at = HEADER_WORDS + slot * WORDS_PER_SLOT;
    this.#words[at + 1] = depthWord;
    this.#words[at] = generation;
  }

  /** Whether a generation is still to come: not born yet, or to be born again after the loss of its thread. */
  awaits(slot: number, generation: number): boolean {
    const alive = this.generation(slot);
    return alive === generation ? this.isLost(slot) : isLater(generation, alive);
  }

  /** The thread of the actor in this slot is gone, and nobody has said yet what becomes of the actor. */
  isLost(slot: number): boolean {
    return (this.depthWord(slot) & (DEAD_BIT | LOST_BIT)) === LOST_BIT;
  }

  /** The actor has finished, whatever its supervisor has heard of it so far. */
  isDead(slot: number, generation: number): boolean {
    return this.generation(slot) === generation && this.depthWord(slot) < 0;
  }

  setDepth(slot: number, depthWord: number): void {
    this.#words[HEADER_WORDS + slot * WORDS_PER_SLOT + 1] = depthWord;
  }

  /** Claims a block for `owner`; its first slot. Slot 0 of the table is never used: it means nobody. */
  claimBlock(owner: number): number {
    const block = Atomics.add(this.#words, 0, 1);
    if (block >= BLOCKS) throw new SlotsExhausted(this.thread);
    this.#words[1 + block] = owner + 1;
    return block * BLOCK_SLOTS;
  }

  /** First slots of the blocks that `owner` claimed. */
  blocksOf(owner: number): number[] {
    const found: number[] = [];
    const claimed = Math.min(Atomics.load(this.#words, 0), BLOCKS);
    for (let block = 0; block < claimed; block++) {
      if (this.#words[1 + block] === owner + 1) found.push(block * BLOCK_SLOTS);
    }
    return found;
  }

  /** Slots of `owner` whose actors were lost with this thread. */
  lostOf(owner: number): number[] {
    return this.blocksOf(owner).flatMap((first) => {
      const slots = Array.from({ length: BLOCK_SLOTS }, (_, at) => first + at);
      return slots.filter((slot) => this.isLost(slot));
    });
  }

  /** Slots where somebody lives, or is to be born again. */
  get inhabited(): number {
    const slots = Math.min(Atomics.load(this.#words, 0), BLOCKS) * BLOCK_SLOTS;
    let count = 0;
    for (let slot = 1; slot < slots; slot++) {
      if (this.generation(slot) !== 0 && this.depthWord(slot) >= 0) count++;
    }
    return count;
  }

  /** The thread is gone: what it had numbered itself is dead, the rest is lost. Returns messages lost. */
  bury(): number {
    return this.#bury(new Set(this.blocksOf(this.thread)));
  }

  /** The thread is gone for good, and everybody on it. Returns messages lost. */
  end(): number {
    return this.#bury(undefined);
  }

  /** `own`: blocks whose actors are dead; all where it is left out. */
  #bury(own: ReadonlySet<number> | undefined): number {
    let lost = 0;
    const claimed = Math.min(Atomics.load(this.#words, 0), BLOCKS);
    for (let slot = 0; slot < claimed * BLOCK_SLOTS; slot++) {
      const word = this.depthWord(slot);
      if (word >= 0) lost += word & DEPTH_MASK;
      const isDead = own === undefined || own.has(slot - (slot % BLOCK_SLOTS));
      // Nobody has lived here yet: one that is on its way is still awaited.
      if (word === 0 && this.generation(slot) === 0) continue;
      this.setDepth(slot, isDead || word < 0 ? DEAD_BIT : LOST_BIT);
    }
    return lost;
  }
}

/** The free slots that one thread may give to actors on `presence.thread`. */
export class SlotSource {
  readonly #presence: Presence;
  readonly #owner: number;
  readonly #free: number[] = [];
  #head = 0;
  /** Slots of a predecessor, with the generation they were taken for; 0 while they are free. */
  #inherited: Map<number, number> | undefined;

  constructor(presence: Presence, owner: number) {
    this.#presence = presence;
    this.#owner = owner;
    for (const first of presence.blocksOf(owner)) {
      this.#inherited ??= new Map();
      this.#inherit(first);
    }
  }

  /** Slots that were given to actors and have not come back. */
  get taken(): number {
    const slots = this.#presence
      .blocksOf(this.#owner)
      .reduce((sum, first) => sum + BLOCK_SLOTS - (first === 0 ? 1 : 0), 0);
    return slots - (this.#free.length - this.#head);
  }

  /** A slot and the generation its next actor has. First in, first out, so that generations grow slowly. */
  take(): { slot: number; generation: number } {
    if (this.#head === this.#free.length) this.#fill(this.#presence.claimBlock(this.#owner));
    const slot = this.#free[this.#head++] ?? 0;
    if (this.#head > BLOCK_SLOTS && this.#head * 2 > this.#free.length) {
      this.#free.splice(0, this.#head);
      this.#head = 0;
    }
    // A predecessor may have numbered one actor that was never born: leave its generation out.
    const inherited = this.#inherited?.has(slot) === true;
    const generation = (this.#presence.generation(slot) + (inherited ? 2 : 1)) | 0;
    if (inherited) this.#inherited?.set(slot, generation);
    return { slot, generation };
  }

  /** The actor of this generation has finished. The last word on an actor of a predecessor frees nothing twice. */
  give(slot: number, generation: number): void {
    const taken = this.#inherited?.get(slot);
    if (taken !== undefined && taken !== generation) return;
    this.#inherited?.delete(slot);
    this.#free.push(slot);
  }

  /** An actor that was lost with its thread has nobody who would bring it back. Said twice it is heard once. */
  reclaim(slot: number): void {
    this.#inherited ??= new Map();
    if (this.#inherited.get(slot) === 0) return;
    this.#inherited.set(slot, 0);
    this.#free.push(slot);
  }

  #fill(first: number): void {
    for (let slot = first; slot < first + BLOCK_SLOTS; slot++) {
      if (slot !== 0) this.#free.push(slot);
    }
  }

  /** The children of a predecessor stop and free their slots then; those that were lost are reclaimed. */
  #inherit(first: number): void {
    for (let slot = first; slot < first + BLOCK_SLOTS; slot++) {
      const generation = this.#presence.generation(slot);
      if (slot === 0) continue;
      if (generation !== 0 && this.#presence.depthWord(slot) >= 0) continue;
      this.#free.push(slot);
      this.#inherited?.set(slot, 0);
    }
  }
}

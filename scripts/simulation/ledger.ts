// What a simulated world owes, written down while it runs: every message, ask, watch and life. A debt that is not paid,
// or paid twice, is a line in `wrong`.

import type { ActorRef, DeadLetter, SystemEvent, TellResult } from "../../src/index.js";
import type { Reading } from "./conduct.js";

/** A message whose way is followed. */
export interface Note {
  readonly id: number;
  readonly from: string;
  readonly to: string;
}

/** Where the code of an actor runs; undefined for code outside, which no fault touches. */
export type Home = { readonly thread: number; readonly epoch: number } | undefined;

interface Asked {
  readonly what: string;
  readonly home: Home;
  outcome: string | undefined;
}

interface Watched {
  readonly watcher: string;
  readonly home: Home;
  readonly ref: ActorRef;
  readonly target: string;
}

/** What an ask may fail with; anything else is a bug. */
const LEGAL_FAILURES: ReadonlySet<string> = new Set([
  "TIMEOUT",
  "CANCELLED",
  "ACTOR_STOPPED",
  "NO_ACTOR",
  "MAILBOX_FULL",
  "SYSTEM_FULL",
  "THREAD_LOST",
  "STALE_INCARNATION",
  "ASK_CYCLE",
  "NAME_TAKEN",
  "ON_PURPOSE",
]);

/** Why an actor may fail in this world. */
const LEGAL_FAULTS: ReadonlySet<string> = new Set(["ON_PURPOSE", "INTENSITY_EXCEEDED", "LINKED_EXIT"]);

export class Ledger {
  /** Broken invariants, each told once. */
  readonly wrong: string[] = [];
  readonly told = new Map<number, { readonly note: Note; readonly result: TellResult }>();
  readonly heard = new Map<number, number>();
  readonly asks: Asked[] = [];
  readonly lost = new Set<string>();
  readonly kinds = new Map<string, string>();
  #watched: Watched[] = [];
  readonly #lastHeard = new Map<string, number>();
  readonly #lives = new Map<string, number>();
  readonly #ended = new Set<string>();
  #ids = 0;

  blame(invariant: string, what: string): void {
    const line = `${invariant}: ${what}`;
    if (!this.wrong.includes(line)) this.wrong.push(line);
  }

  // ---- messages ----------------------------------------------------------------------------------------------------

  send(from: string, to: string, tell: (note: Note) => TellResult): void {
    const note = { id: ++this.#ids, from, to };
    this.told.set(note.id, { note, result: tell(note) });
  }

  hear(uid: string, { id, from, to }: Note, isOrdered: boolean): void {
    if (to !== uid) this.blame("each message reaches its receiver", `${id} for ${to} reached ${uid}`);
    const times = (this.heard.get(id) ?? 0) + 1;
    this.heard.set(id, times);
    if (times > 1) this.blame("at most once", `${uid} heard message ${id} of ${from} ${times} times`);
    if (!isOrdered) return;
    const pair = `${from} > ${uid}`;
    const last = this.#lastHeard.get(pair) ?? 0;
    if (id < last) this.blame("order per pair", `${pair}: ${id} came after ${last}`);
    this.#lastHeard.set(pair, id);
  }

  /** No message is both handled and dead; where no thread was lost and all letters are kept, none is neither. */
  settleMessages(letters: readonly DeadLetter[], areComplete: boolean): void {
    const dead = new Map<number, number>();
    for (const { method, payload, reason } of letters) {
      if (method !== "note") continue;
      const { id } = payload as Note;
      if (reason === "fault") {
        if (!this.heard.has(id)) this.blame("a fault's message was handled", `${id} was not`);
        continue;
      }
      dead.set(id, (dead.get(id) ?? 0) + 1);
      if (this.heard.has(id))
        this.blame("handled or dead, not both", `${id} is a dead letter too: ${reason}`);
    }
    for (const [id, times] of dead) if (times > 1) this.blame("dead once", `${id} is ${times} dead letters`);
    if (!areComplete) return;
    for (const [id, { note, result }] of this.told) {
      if (result === "full" && (this.heard.has(id) || dead.has(id)))
        this.blame("full means not sent", `${id} to ${note.to} was refused and went on its way`);
      if (result === "sent" && !this.heard.has(id) && !dead.has(id))
        this.blame("what was sent is handled or dead", `${id} from ${note.from} to ${note.to} is nowhere`);
    }
  }

  /** Something for all who subscribe; who they are is not followed. */
  announce(from: string): Note {
    return { id: ++this.#ids, from, to: "all" };
  }

  hearNews(uid: string, { id, from }: Note, isOrdered: boolean): void {
    const pair = `news of ${from} > ${uid}`;
    const last = this.#lastHeard.get(pair) ?? 0;
    if (id === last) this.blame("at most once", `${uid} heard ${id} of ${from} again`);
    if (isOrdered && id < last) this.blame("order per pair", `${pair}: ${id} came after ${last}`);
    this.#lastHeard.set(pair, id);
  }

  // ---- asks --------------------------------------------------------------------------------------------------------

  ask(what: string, home: Home, answer: Promise<unknown>): void {
    const asked: Asked = { what, home, outcome: undefined };
    this.asks.push(asked);
    answer.then(
      () => this.#settle(asked, "answered"),
      (error: { code?: string; message?: string }) => {
        const { code = "no code" } = error;
        this.#settle(asked, code);
        if (!LEGAL_FAILURES.has(code)) this.blame("asks fail with a code of the list", `${what}: ${error}`);
      },
    );
  }

  /** Reads as much as it is told to; a stream is an ask with elements, which are the numbers from 0 up. */
  read(
    what: string,
    home: Home,
    stream: AsyncIterable<unknown>,
    { elements, takes }: Reading,
  ): Promise<string> {
    const reading = this.#take(what, stream, takes).then((taken) => {
      const expected = Math.min(elements, takes);
      if (taken !== expected)
        this.blame("a stream ends after its last element", `${what}: ${taken} of ${expected} elements`);
    });
    this.ask(what, home, reading);
    return reading.then(
      () => "read",
      () => "failed",
    );
  }

  async #take(what: string, stream: AsyncIterable<unknown>, takes: number): Promise<number> {
    let taken = 0;
    if (takes === 0) return taken;
    for await (const element of stream) {
      if (element !== taken)
        this.blame("elements come in order, each once", `${what}: ${element} instead of ${taken}`);
      if (++taken === takes) break;
    }
    return taken;
  }

  #settle(asked: Asked, outcome: string): void {
    asked.outcome = outcome;
  }

  settleAsks(): void {
    for (const { what, home, outcome } of this.asks) {
      if (outcome === undefined && !this.isLost(home)) this.blame("every ask settles", `${what} did not`);
    }
  }

  // ---- watches -----------------------------------------------------------------------------------------------------

  watch(watcher: string, home: Home, ref: ActorRef, target: string): void {
    if (this.#find(watcher, ref) === undefined) this.#watched.push({ watcher, home, ref, target });
  }

  unwatch(watcher: string, ref: ActorRef): void {
    const watched = this.#find(watcher, ref);
    this.#watched = this.#watched.filter((one) => one !== watched);
  }

  terminated(watcher: string, ref: ActorRef): void {
    if (this.#find(watcher, ref) === undefined)
      this.blame("one Terminated per watch", `${watcher} heard of ${ref.id} and does not watch it`);
    this.unwatch(watcher, ref);
  }

  /** While everything rests: whoever lives and still watches, watches somebody who lives. */
  settleWatches(living: ReadonlySet<string>): void {
    for (const { watcher, home, target } of this.#watched) {
      if (this.isLost(home) || (home !== undefined && !living.has(watcher)) || living.has(target)) continue;
      this.blame("one Terminated per watch", `${watcher} never heard that ${target} is gone`);
    }
  }

  #find(watcher: string, ref: ActorRef): Watched | undefined {
    return this.#watched.find((one) => one.watcher === watcher && one.ref.equals(ref));
  }

  // ---- lives -------------------------------------------------------------------------------------------------------

  /** A new incarnation; its number. */
  begin(uid: string): number {
    const life = (this.#lives.get(uid) ?? 0) + 1;
    this.#lives.set(uid, life);
    return life;
  }

  /** An incarnation handles something. */
  act(uid: string, life: number): void {
    if (this.#ended.has(uid)) this.blame("an end is an end", `${uid} acts after it has stopped`);
    const youngest = this.#lives.get(uid);
    if (youngest !== life)
      this.blame("one incarnation at a time", `${uid}: ${life} acts, the youngest is ${youngest}`);
  }

  end(uid: string): void {
    this.#ended.add(uid);
  }

  lose({ thread, epoch }: { readonly thread: number; readonly epoch: number }): void {
    this.lost.add(`${thread}#${epoch}`);
    this.#watched = this.#watched.filter(({ home }) => !this.isLost(home));
  }

  isLost(home: Home): boolean {
    return home !== undefined && this.lost.has(`${home.thread}#${home.epoch}`);
  }

  // ---- supervision -------------------------------------------------------------------------------------------------

  /**
   * Restarts after faults stay within what each supervisor allows in one of its lives. Where children restart together
   * one restart is counted once for each of them, so each of them alone is looked at.
   */
  settleFamilies(events: readonly SystemEvent[], allowance: (uid: string) => Allowance): void {
    const restarts = new Map<string, number>();
    const lives = new Map<string, number>();
    const add = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);
    for (const event of events) {
      if (event.type === "actor-fault" && !LEGAL_FAULTS.has(event.error.code))
        this.blame("only faults on purpose", `${event.path}: ${event.error.code} ${event.error.message}`);
      if (event.type === "supervisor-gave-up") add(lives, nameIn(event.path));
      if (event.type !== "actor-restart") continue;
      const [child = "", parent = ""] = event.path.split("/").reverse();
      add(lives, child);
      const isCharged = event.error.code !== "THREAD_LOST" && event.error.code !== "CANCELLED";
      if (isCharged && parent !== "user")
        add(restarts, allowance(parent).together ? `${parent}/${child}` : parent);
    }
    for (const [key, count] of restarts) {
      const [uid = ""] = key.split("/");
      const most = allowance(uid).restarts * (1 + (lives.get(uid) ?? 0));
      if (count > most) this.blame("restart intensity", `${key}: ${count} restarts, at most ${most}`);
    }
  }
}

export interface Allowance {
  readonly restarts: number;
  readonly together: boolean;
}

/** The last name of a path. */
export function nameIn(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

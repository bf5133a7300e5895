// Seeing into a running system: the tree, dead letters, traces. Each thread is asked over the control plane, this one
// directly; nothing here costs a message anything.

import { addressOf, threadOf } from "../actor/address.js";
import type { Where } from "../actor/control-message.js";
import type { DeadLetter, ReplayOutcome } from "../actor/dead-letters.js";
import type { Kernel } from "../actor/kernel.js";
import { ownRef } from "../actor/other-system.js";
import type { ActorRef } from "../actor/ref.js";
import type { TraceEntry } from "../actor/trace.js";
import { CodedError } from "../base/errors.js";
import { LISTEN_OPTIONS, type ListenOptions, listening } from "../base/listening.js";
import { wrongOptions } from "../base/options.js";
import {
  type AskThread,
  type Inspection,
  type InspectOptions,
  inspectTree,
  readInspectOptions,
} from "./inspection.js";
import type { SystemBase } from "./system-base.js";

/** A thread that takes longer to tell of its actors is shown as unreachable. */
const INSPECT_TIMEOUT_MS = 1_000;
/** How long a trace waits for an actor that was only just spawned. */
const BIRTH_TIMEOUT_MS = 2_000;
const BIRTH_RETRY_MS = 5;

/** Which dead letters are meant; what is left out does not matter. */
export interface DeadLetterFilter {
  readonly receiver?: string;
  readonly method?: string;
  readonly reason?: DeadLetter["reason"];
  /** Only those from this moment on, as `atMs` counts. */
  readonly sinceMs?: number;
}

/** What became of one letter: as `tell` answers, or why it was not sent and is still kept. */
export interface ReplayedLetter {
  readonly id: string;
  readonly outcome: ReplayOutcome | "no-receiver";
}

export class Insight {
  readonly #base: SystemBase;
  readonly #find: (path: string) => Promise<{ readonly ref: ActorRef } | undefined>;

  constructor(base: SystemBase, find: (path: string) => Promise<{ readonly ref: ActorRef } | undefined>) {
    this.#base = base;
    this.#find = find;
  }

  async inspect(given: InspectOptions): Promise<Inspection | undefined> {
    const options = readInspectOptions(given);
    const root = this.#base.roots.find(({ path }) => path === options.path);
    const from = root ?? (await this.#find(options.path))?.ref.export();
    if (from === undefined) return undefined;
    return inspectTree(from, options, this.#asking(INSPECT_TIMEOUT_MS));
  }

  async deadLetters(): Promise<DeadLetter[]> {
    const all = [...this.#kernel.deadLetters.list()];
    const ask = this.#asking();
    for (const thread of this.#base.running())
      all.push(...(await ask(thread, (insight) => insight.deadLetters())));
    return all.sort((a, b) => a.atMs - b.atMs);
  }

  /** Each letter is sent from the thread that keeps it, oldest first. */
  async replay(which: string | DeadLetterFilter, to: ActorRef | undefined): Promise<ReplayedLetter[]> {
    if (to !== undefined) ownRef(this.#kernel, to);
    const isMeant = typeof which === "string" ? (one: DeadLetter) => one.id === which : matcher(which);
    const letters = (await this.deadLetters()).filter(isMeant);
    const receivers = new Map<string, Where | undefined>();
    for (const { receiver } of letters)
      if (!receivers.has(receiver)) receivers.set(receiver, to?.export() ?? (await this.#whereIs(receiver)));
    const outcomes = new Map<string, ReplayedLetter["outcome"]>();
    const byThread = new Map<number, { id: string; to: Where }[]>();
    for (const { id, receiver } of letters) {
      const where = receivers.get(receiver);
      const thread = Number(id.split(":")[0]);
      if (where === undefined) outcomes.set(id, "no-receiver");
      else byThread.set(thread, [...(byThread.get(thread) ?? []), { id, to: where }]);
    }
    const ask = this.#asking();
    for (const [thread, orders] of byThread) {
      const answers = await ask(thread, (insight) => insight.replay(orders));
      for (const [index, { id }] of orders.entries()) outcomes.set(id, answers[index] ?? "not-kept");
    }
    if (typeof which === "string" && letters.length === 0) return [{ id: which, outcome: "not-kept" }];
    return letters.map(({ id }) => ({ id, outcome: outcomes.get(id) ?? "not-kept" }));
  }

  async trace(
    target: string | ActorRef,
    listener: (entry: TraceEntry) => void,
    options: ListenOptions,
  ): Promise<() => Promise<void>> {
    const wrong = wrongOptions("trace", options, LISTEN_OPTIONS);
    if (wrong !== undefined) throw wrong;
    const ref = typeof target === "string" ? (await this.#find(target))?.ref : ownRef(this.#kernel, target);
    const where = ref?.export();
    const path = where && (await this.#beginTrace(where));
    if (where === undefined || path === undefined)
      throw new CodedError("NO_ACTOR", `there is no actor ${target}: give the path or ref of one that lives`);
    let over: Promise<void> | undefined;
    const end = listening("trace", options, () => {
      const unsubscribe = this.#base.events.subscribe((event) => {
        if (event.type !== "trace" || event.path !== path) return;
        const { type: _type, thread: _thread, ...entry } = event;
        return listener(entry);
      });
      return () => {
        unsubscribe();
        over ??= this.#endTrace(where);
      };
    });
    if (options.signal?.aborted) over ??= this.#endTrace(where);
    return async () => {
      end();
      await over;
    };
  }

  /** A thread that is gone has forgotten its traces. */
  async #endTrace(actor: Where): Promise<void> {
    const ask = this.#asking();
    await ask(threadOf(actor[0]), (insight) => insight.trace(actor, false)).catch(() => undefined);
  }

  /** Why it tries again: the control plane may overtake the birth of an actor. */
  async #beginTrace(actor: Where): Promise<string | undefined> {
    const { timers, clock } = this.#kernel.ports;
    const ask = this.#asking();
    for (const endMs = clock.nowMs() + BIRTH_TIMEOUT_MS; ; ) {
      const answer = await ask(threadOf(actor[0]), (insight) => insight.trace(actor, true));
      if (typeof answer === "object") return answer.path;
      if (answer === "gone" || clock.nowMs() >= endMs) return undefined;
      await new Promise<void>((resolve) => void timers.after(BIRTH_RETRY_MS, resolve));
    }
  }

  get #kernel(): Kernel {
    return this.#base.user.kernel;
  }

  #asking(timeoutMs?: number): AskThread {
    return async (thread, question) => {
      const ask = this.#base.asking(thread);
      if (ask === undefined)
        throw new CodedError("THREAD_UNREACHABLE", `thread ${thread} is not running: try again in a moment`);
      return ask(question, timeoutMs);
    };
  }

  /** The actor a dead letter was for: by its path, or by its address where only that was known. */
  async #whereIs(receiver: string): Promise<Where | undefined> {
    if (receiver.startsWith("/")) return (await this.#find(receiver))?.ref.export();
    const [, thread, slot, generation] = /^(\d+)\/(\d+)#(-?\d+)$/.exec(receiver) ?? [];
    if (generation === undefined) return undefined;
    return [addressOf(Number(thread), Number(slot)), Number(generation)];
  }
}

const FILTER_KEYS: readonly string[] = [
  "receiver",
  "method",
  "reason",
  "sinceMs",
] satisfies (keyof DeadLetterFilter)[];

function matcher(filter: DeadLetterFilter): (letter: DeadLetter) => boolean {
  const unknown = Object.keys(filter).filter((key) => !FILTER_KEYS.includes(key));
  if (unknown.length > 0) {
    const [known, given] = [FILTER_KEYS.join(", "), unknown.join(", ")];
    throw new CodedError("OPTIONS", `a filter of dead letters knows no ${given}; it takes ${known}`);
  }
  const { receiver, method, reason, sinceMs } = filter;
  return (letter) =>
    (receiver === undefined || letter.receiver === receiver) &&
    (method === undefined || letter.method === method) &&
    (reason === undefined || letter.reason === reason) &&
    (sinceMs === undefined || letter.atMs >= sinceMs);
}

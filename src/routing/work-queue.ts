// Work pulling with confirmation: a queue hands work to the consumers that have joined it, each at most a window at a
// time, and hands it out again until somebody confirms it. At least once, as long as the queue's actor lives.
//
// A consumer confirms by its handler's return: the queue asks. Every ask settles, so work whose ask is open is in good
// hands however long it takes, and work whose ask failed goes out again, to anybody. Or it confirms by an explicit
// `confirm` (it passes the work on, say): the queue tells, and unconfirmed work goes out again by the clock. Work that
// cannot travel to its consumer would never arrive: it is dropped, and who gave it is told.
//
// The way of a piece of work: waiting > held by a consumer > confirmed. Or back: held > due again after a pause that
// doubles with each attempt > held. Whoever dies gives what it held back at once, oldest first.

import { threadOf } from "../actor/address.js";
import type { Context } from "../actor/context.js";
import {
  type ActorContext,
  type ActorDefinition,
  DefinitionError,
  defineActor,
  refuseUnknown,
} from "../actor/definition.js";
import { NoMethod, WrongCall } from "../actor/errors.js";
import type { Later } from "../actor/later.js";
import type { ActorRef } from "../actor/ref.js";
import { EncodeError, TooLargeError } from "../wire/encode-error.js";
import { type Consumer, Ledger, type Piece, type WorkQueueStatus } from "./work-ledger.js";
import { bury, refuse, wrongConfirm, wrongJoin, wrongLeave } from "./work-queue-inputs.js";

/** What a consumer's method gets. */
export interface Work<W> {
  /** The same each time this piece goes out. */
  readonly id: number;
  /** 1 the first time. */
  readonly attempt: number;
  readonly work: W;
}

/** What a work queue understands. */
export type WorkQueueProtocol<W> = {
  /** Takes work; answers its id once it is taken, or `full`. Fails with `ENCODE` if it cannot travel to who gets it. */
  readonly add: { payload: W; reply: number | "full" };
  /**
   * From now on this actor gets work, until it leaves or is gone; false when it did already, which now goes this way.
   */
  readonly join: { payload: Consumer; reply: boolean };
  /** No more work for it; what it holds it may finish. False when it had not joined. */
  readonly leave: { payload: ActorRef; reply: boolean };
  /** This work is done; false when it was already, or never was. */
  readonly confirm: { payload: number; reply: boolean };
  readonly status: { payload: void; reply: WorkQueueStatus };
};

export interface WorkQueueSpecification {
  /** `import.meta.url` of the module that exports the definition; needed to run it on another thread. */
  readonly module?: string;
  readonly name: string;
  /** Pieces a consumer may hold unconfirmed. Default 50. */
  readonly window?: number;
  /** Pause before work goes out again: `minMs` (2,000), twice as long each time, up to `maxMs` (30,000). */
  readonly resend?: { readonly minMs: number; readonly maxMs: number };
  /** Pieces it keeps, waiting or unconfirmed. Default 4,096. */
  readonly capacity?: number;
}

export const WINDOW = 50;
const RESEND = { minMs: 2_000, maxMs: 30_000 };
const CAPACITY = 4_096;

type State<W> = {
  readonly ledger: Ledger<W>;
  /** Producers who hear in a moment that their piece is taken, unless it turns out that it cannot travel. */
  readonly taken: Map<number, Later<number>>;
};
type Ctx<W> = ActorContext<State<W>>;

/** What came of handing a piece out: a message of the queue to itself. */
interface Outcome {
  readonly id: number;
  readonly work: unknown;
  readonly to: Consumer;
  readonly error?: unknown;
  /** It cannot travel to its consumer's thread: `told` if its producer heard so, else a dead letter tells. */
  readonly stuck?: "told" | "untold" | undefined;
}

// Names that are no identifiers: a user of the queue does not send them by accident.
const DUE = "#due";
const ENDED = "#ended";

/** Defines a queue of work of type `W`. */
export function defineWorkQueue<W>(
  spec: WorkQueueSpecification,
): ActorDefinition<void, WorkQueueProtocol<W>> {
  const { name, window = WINDOW, resend = RESEND, capacity = CAPACITY } = spec;
  refuseUnknown(name, "defineWorkQueue", spec, ["module", "name", "window", "resend", "capacity"]);
  for (const [what, given] of Object.entries({ window, capacity })) {
    if (!Number.isInteger(given) || given < 1)
      throw new DefinitionError(`${name}: ${what} ${given}; give a whole number from 1 up`);
  }
  if (!(resend.minMs > 0 && resend.maxMs >= resend.minMs))
    throw new DefinitionError(
      `${name}: resend from ${resend.minMs} to ${resend.maxMs} ms; give times above 0, the shorter first`,
    );
  return defineActor({
    name,
    ...(spec.module === undefined ? {} : { module: spec.module }),
    state: (_args: void): State<W> => ({
      ledger: new Ledger({ window, resend, capacity }),
      taken: new Map(),
    }),
    hooks: {
      terminated(ctx: Ctx<W>, ref) {
        ctx.state.ledger.gone(ref, ctx.clock.nowMs());
        handOut(ctx);
      },
    },
    on: {
      add(ctx: Ctx<W>, work: W) {
        const { ledger } = ctx.state;
        const isAsked = (ctx as Context).open !== undefined;
        const taken = ledger.add(work);
        // Who asked hears `full`; who told does not.
        if (taken === "full" && !isAsked) bury(ctx, "add", work, "dropped");
        handOut(ctx);
        return isAsked && taken !== "full" && ledger.isOut(taken) ? answerSoon(ctx, taken) : taken;
      },
      join(ctx: Ctx<W>, consumer: Consumer) {
        const wrong = wrongJoin(consumer);
        if (wrong !== undefined) return refuse(ctx, "join", consumer, wrong);
        const isNew = ctx.state.ledger.join(consumer);
        ctx.watch(consumer.consumer);
        handOut(ctx);
        return isNew;
      },
      leave(ctx: Ctx<W>, ref: ActorRef) {
        const wrong = wrongLeave(ref);
        if (wrong !== undefined) return refuse(ctx, "leave", ref, wrong);
        return ctx.state.ledger.leave(ref);
      },
      confirm(ctx: Ctx<W>, id: number) {
        const wrong = wrongConfirm(id);
        if (wrong !== undefined) return refuse(ctx, "confirm", id, wrong);
        const wasOpen = ctx.state.ledger.confirm(id);
        handOut(ctx);
        return wasOpen;
      },
      status: (ctx: Ctx<W>) => ctx.state.ledger.status(),
      [ENDED](ctx: Ctx<W>, outcome: Outcome) {
        if (ctx.sender?.equals(ctx.self) !== true)
          return refuse(ctx, ENDED, outcome, new NoMethod(`"${ENDED}" is the queue's own`));
        ended(ctx, outcome);
        handOut(ctx);
      },
      [DUE]: handOut,
    },
  }) as unknown as ActorDefinition<void, WorkQueueProtocol<W>>;
}

/** A piece came back, done or not. */
function ended<W>(ctx: Ctx<W>, outcome: Outcome): void {
  const { id, to, error, stuck } = outcome;
  const { ledger } = ctx.state;
  if (error === undefined) return void ledger.confirm(id);
  if (stuck !== undefined) return drop(ctx, outcome);
  if (error instanceof NoMethod || error instanceof WrongCall) dismiss(ctx, to, error);
  ledger.failed(id, to.consumer, ctx.clock.nowMs());
}

/** Hands out what waits and what is due again, as far as windows allow, and sets the clock for the next. */
function handOut<W>(ctx: Ctx<W>): void {
  const { ledger } = ctx.state;
  const nowMs = ctx.clock.nowMs();
  for (let next = ledger.next(nowMs); next !== undefined; next = ledger.next(nowMs)) {
    send(ctx, next.piece, next.to);
  }
  const dueMs = ledger.dueMs();
  if (dueMs === undefined) ctx.timers.cancel(DUE);
  else ctx.timers.after(DUE, Math.max(0, dueMs - nowMs), DUE);
}

function send<W>(ctx: Ctx<W>, { id, attempt, work }: Piece<W>, to: Consumer): void {
  const { taken } = ctx.state;
  const { consumer, method, confirm = "return", timeoutMs = 0 } = to;
  const given: Work<W> = { id, attempt, work };
  const failed = (error: unknown): Outcome => {
    const isStuck = cannotTravel(ctx as Context, consumer, error);
    const stuck = isStuck ? (taken.get(id)?.fail(error) ? "told" : "untold") : undefined;
    return { id, work, to, error, stuck };
  };
  if (confirm === "explicit") {
    try {
      // Whatever the answer is: unconfirmed work goes out again, and the watch tells of the dead.
      ctx.tell(consumer, method, given);
    } catch (error) {
      ctx.pipeToSelf(Promise.reject(error).catch(failed), ENDED);
    }
    return;
  }
  const asked = ctx.ask(consumer, method, given, { timeoutMs });
  ctx.pipeToSelf(
    asked.then((): Outcome => ({ id, work, to }), failed),
    ENDED,
  );
}

/** Answers once it is known whether the piece can travel, which takes as long as a promise takes to be rejected. */
function answerSoon<W>(ctx: Ctx<W>, id: number): Later<number> {
  const { taken } = ctx.state;
  const later = ctx.later<number>();
  taken.set(id, later);
  Promise.resolve().then(() => {
    taken.delete(id);
    later.give(id);
  });
  return later;
}

/** Whether it failed on this side of the way to another thread: then it would fail again and again. */
function cannotTravel({ kernel }: Context, to: ActorRef, error: unknown): error is Error {
  const isElsewhere = to.cell === undefined && threadOf(to.address) !== kernel.thread;
  return isElsewhere && (error instanceof EncodeError || error instanceof TooLargeError);
}

/** Work that cannot travel is dropped; its producer has been told, or a dead letter tells. */
function drop<W>(ctx: Ctx<W>, { id, work, to, error, stuck }: Outcome): void {
  if (!ctx.state.ledger.drop(id) || stuck === "told") return;
  bury(ctx, "add", work, "dropped");
  const fields = { id, consumer: String(to.consumer), error: String(error) };
  ctx.log.log("warn", "work cannot travel to its consumer and is dropped", fields);
}

/** A consumer on another thread turns out to have no such method: its `join` is a dead letter after all. */
function dismiss<W>(ctx: Ctx<W>, to: Consumer, error: Error): void {
  if (!ctx.state.ledger.dismiss(to)) return;
  bury(ctx, "join", to, "no-method");
  ctx.log.log("warn", "a consumer cannot take work and gets no more", { error: error.message });
}

// How a member of a simulated world behaves: it checks that it may act, and tells the ledger what it does.

import type { AnyDefinition } from "../../src/actor/definition.js";
import {
  type ActorContext,
  type ActorRef,
  CodedError,
  type Directive,
  type MailboxOptions,
  type Placement,
  type RestartType,
  type SpawnOptions,
  type SupervisionOptions,
} from "../../src/index.js";
import type { Simulation } from "../../src/testkit.js";
import type { Ledger, Note } from "./ledger.js";

export interface MemberArgs {
  readonly uid: string;
  /** Starts and stops take their time. */
  readonly slow: boolean;
  /** So many of its starts fail. */
  readonly sick: number;
}

export interface MemberState extends MemberArgs {
  readonly life: number;
  busy: string | undefined;
  beats: number;
  crowds: number;
  holding: number;
  children: Known[];
}

/** Somebody, and the name under which the ledger has it. */
export interface Known {
  readonly uid: string;
  readonly ref: ActorRef;
}

export interface Birth extends MemberArgs {
  readonly kind: string;
  readonly on: Placement;
  readonly restart: RestartType;
  readonly significant: boolean;
  readonly shutdownMs: NonNullable<SpawnOptions["shutdownMs"]>;
}

export interface Kind {
  readonly mailbox: MailboxOptions;
  readonly supervision: SupervisionOptions;
  /** Hands out messages in the order they came. */
  readonly ordered: boolean;
  /** Lets an ask in that comes back to it in the middle of a turn. */
  readonly reentrant?: boolean;
  /** Hears of the end of those it is linked to instead of failing. */
  readonly traps?: boolean;
  readonly redeliver?: number;
}

export interface AskOther {
  readonly others: readonly Known[];
  readonly value: unknown;
  readonly timeoutMs: number;
}

/** A stream of numbers, and how much of it is read. */
export interface Reading {
  readonly elements: number;
  /** The element that is a fault instead; one beyond the end for none. */
  readonly failsAt: number;
  readonly pauseMs: number;
  readonly takes: number;
  readonly window: number;
  readonly timeoutMs: number;
}

/** Whoever is asked sends the ask on, to the last of them, who answers. */
export interface Relay {
  readonly hops: readonly Known[];
  readonly value: unknown;
}

/** What members need of their world. */
export interface World {
  readonly sim: Simulation;
  readonly ledger: Ledger;
}

export type MemberContext = ActorContext<MemberState>;

export const DIRECTIVES: readonly Directive[] = ["restart", "resume", "stop", "escalate"];

/** The fault of somebody who was told to fail; what it says is what a Judge among its supervisors decides. */
export function onPurpose(at: number): CodedError {
  return new CodedError("ON_PURPOSE", DIRECTIVES[at % DIRECTIVES.length] ?? "restart");
}

export class Conduct {
  readonly world: World;
  readonly ledger: Ledger;
  readonly kind: Kind;
  readonly kinds: Readonly<Record<string, AnyDefinition>>;

  constructor(world: World, kind: Kind, kinds: Readonly<Record<string, AnyDefinition>>) {
    this.world = world;
    this.ledger = world.ledger;
    this.kind = kind;
    this.kinds = kinds;
  }

  act({ state }: MemberContext, method: string): void {
    this.ledger.act(state.uid, state.life);
    if (state.busy === undefined) return;
    const what = `${state.uid} handles ${method} in the middle of ${state.busy}`;
    this.ledger.blame("one message at a time", what);
  }

  /** A turn that waits; nothing else may run meanwhile. */
  async during<T>(ctx: MemberContext, method: string, turn: () => Promise<T>): Promise<T> {
    this.act(ctx, method);
    const { state } = ctx;
    state.busy = method;
    try {
      return await turn();
    } finally {
      state.busy = undefined;
    }
  }

  /** Resolves after a while, unless the thread of the actor is lost meanwhile. */
  pause({ self }: { readonly self: ActorRef }, forMs: number): Promise<void> {
    const { sim } = this.world;
    return new Promise((resolve) => {
      sim.time.after(forMs, () => {
        if (sim.homeOf(self) !== undefined) resolve();
      });
    });
  }

  assertLife({ state }: MemberContext, what: string, life: number): void {
    if (life === state.life) return;
    const line = `${state.uid}: one of ${life} came to ${state.life}`;
    this.ledger.blame(`${what} end with their incarnation`, line);
  }

  send(ctx: MemberContext, { uid, ref }: Known): void {
    this.ledger.send(ctx.state.uid, uid, (note) => ctx.tell(ref, "note", note));
  }

  note(ctx: MemberContext, given: Note): void {
    this.act(ctx, "note");
    const { state } = ctx;
    if (state.holding > 0) {
      ctx.stash();
      if (--state.holding === 0) ctx.unstashAll();
      return;
    }
    if (ctx.redelivered === 0) this.ledger.hear(state.uid, given, this.kind.ordered);
    if (given.id % 61 === 0) throw onPurpose(given.id);
  }

  read(ctx: MemberContext, { uid, ref }: Known, reading: Reading): Promise<string> {
    const { window, timeoutMs } = reading;
    const stream = ctx.stream(ref, "count", reading, { window, timeoutMs });
    const home = this.world.sim.homeOf(ctx.self);
    return this.ledger.read(`${ctx.state.uid} reads of ${uid}`, home, stream, reading);
  }

  /** Asks the next one, who asks the next one, until somebody gives the value back. */
  async askOther(ctx: MemberContext, { others, value, timeoutMs }: AskOther): Promise<string> {
    const [other, ...rest] = others as [Known, ...Known[]];
    const given = rest.length === 0 ? value : { others: rest, value, timeoutMs };
    const answer = ctx.ask(other.ref, rest.length === 0 ? "echo" : "askOther", given, { timeoutMs });
    this.ledger.ask(`${ctx.state.uid} asks ${other.uid}`, this.world.sim.homeOf(ctx.self), answer);
    return answer.then(
      () => "answered",
      () => "failed",
    );
  }
}

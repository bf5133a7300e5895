// The kinds of actors in a simulated world: they differ in mailbox and supervision, and do the same things. One set of
// definitions for each world, since what they do is written into its ledger.

import type { AnyDefinition } from "../../src/actor/definition.js";
import { defineActor } from "../../src/index.js";
import {
  Conduct,
  DIRECTIVES,
  type Kind,
  type MemberArgs,
  type MemberContext,
  type MemberState,
  onPurpose,
  type World,
} from "./conduct.js";
import { handlersOf } from "./handlers.js";
import type { Note } from "./ledger.js";

/** Longer than any world lives: every restart counts. */
const ALWAYS_MS = 1e9;
const allow = (restarts: number) => ({ restarts, withinMs: ALWAYS_MS });
const noteOf = (payload: unknown) => payload as Note | undefined;

export const KINDS: Readonly<Record<string, Kind>> = {
  Plain: { mailbox: { capacity: 64 }, supervision: { intensity: allow(3) }, ordered: true },
  Small: { mailbox: { capacity: 4 }, supervision: { intensity: allow(0) }, ordered: true },
  Judge: {
    redeliver: 2,
    mailbox: {},
    supervision: {
      intensity: allow(2),
      decide: ({ message }) => DIRECTIVES.find((one) => one === message) ?? "restart",
    },
    ordered: true,
  },
  Patient: {
    mailbox: { kind: "weighted", weight: (_method, payload) => (noteOf(payload)?.id ?? 0) % 4, capacity: 40 },
    supervision: { intensity: allow(4), backoff: { minMs: 2, maxMs: 40, jitter: 0.5 } },
    ordered: true,
    reentrant: true,
  },
  United: {
    mailbox: {},
    supervision: { strategy: "one-for-all", intensity: allow(2) },
    ordered: true,
    traps: true,
  },
  Ranked: {
    mailbox: {},
    supervision: {
      strategy: "rest-for-one",
      intensity: allow(3),
      autoShutdown: "any-significant",
      backoff: { minMs: 5, maxMs: 30 },
    },
    ordered: true,
    reentrant: true,
  },
  Sorted: {
    mailbox: {
      kind: "priority",
      priority: (_method, payload) => (noteOf(payload)?.id ?? 0) % 3,
      overflow: "drop-oldest",
      capacity: 4,
    },
    supervision: { intensity: allow(1) },
    ordered: false,
  },
  Latest: {
    mailbox: {
      kind: "conflating",
      key: (method, payload) => (method === "note" ? noteOf(payload)?.from : undefined),
      overflow: "drop-newest",
      capacity: 3,
    },
    supervision: { intensity: allow(1) },
    ordered: false,
  },
};

/** The definitions of one world, by the name of their kind. */
export function makeMembers(world: World): Readonly<Record<string, AnyDefinition>> {
  const made: Record<string, AnyDefinition> = {};
  for (const [name, kind] of Object.entries(KINDS))
    made[name] = makeKind(name, kind, new Conduct(world, kind, made));
  return made;
}

function makeKind(name: string, { mailbox, supervision, traps, redeliver, reentrant }: Kind, c: Conduct) {
  const { ledger } = c;
  const trap = { exited: (ctx: MemberContext) => c.act(ctx, "exited") };
  return defineActor({
    module: "simulated",
    name,
    mailbox,
    supervision,
    state: (args: MemberArgs, ctx): MemberState | Promise<MemberState> => {
      const life = ledger.begin(args.uid);
      if (life <= args.sick) throw onPurpose(0);
      const state = { ...args, life, busy: undefined, beats: 0, crowds: 0, holding: 0, children: [] };
      return args.slow ? c.pause(ctx, 3).then(() => state) : state;
    },
    hooks: {
      stopped(ctx) {
        const { uid, slow } = ctx.state ?? {};
        if (slow !== true) return ledger.end(uid);
        return c.pause(ctx, 15).then(() => ledger.end(uid));
      },
      terminated(ctx, ref) {
        c.act(ctx, "terminated");
        ledger.terminated(ctx.state.uid, ref);
      },
      ...(traps === true ? trap : {}),
    },
    redeliver: redeliver ?? 0,
    concurrent: ["askAside"],
    reentrant: reentrant === true ? ["echo"] : [],
    on: handlersOf(c),
  });
}

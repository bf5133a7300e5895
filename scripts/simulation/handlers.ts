// What the actors of a simulated world do when they are told to, by subject. Whatever they do, they write down.

import type { AnyDefinition } from "../../src/actor/definition.js";
import { serviceKey, topic } from "../../src/index.js";
import {
  type AskOther,
  type Birth,
  type Conduct,
  type MemberContext as Context,
  type Known,
  onPurpose,
  type Reading,
  type Relay,
} from "./conduct.js";
import type { Note } from "./ledger.js";

/** More than one block of places. */
const CROWD = 260;

/** Every handler of a member. */
export function handlersOf(c: Conduct) {
  const note = (ctx: Context, given: Note) => c.note(ctx, given);
  const plain = { ...messages(c), ...asks(c), ...ends(c), ...families(c), ...watches(c), ...times(c) };
  return { note, ...plain, ...streams(c), ...announcements(c) };
}

/** Messages whose way is followed, refs that go from hand to hand, mail set aside. */
function messages(c: Conduct) {
  const loud = { note: (ctx: Context, given: Note) => c.note(ctx, given) };
  return {
    send(ctx: Context, { to, count }: { to: Known; count: number }) {
      c.act(ctx, "send");
      for (let i = 0; i < count; i++) c.send(ctx, to);
    },
    /** A ref goes from hand to hand; the last one uses it. */
    pass(ctx: Context, { to, through }: { to: Known; through: readonly Known[] }) {
      c.act(ctx, "pass");
      const [next, ...rest] = through;
      if (next === undefined) c.send(ctx, to);
      else ctx.tell(next.ref, "pass", { to, through: rest });
    },
    become: (ctx: Context, isLoud: boolean) => ctx.become(isLoud ? loud : undefined),
    hold(ctx: Context, count: number) {
      c.act(ctx, "hold");
      ctx.state.holding = count;
    },
    release(ctx: Context) {
      c.act(ctx, "release");
      ctx.state.holding = 0;
      ctx.unstashAll();
    },
  };
}

/** Asks that are answered, passed on, held up, or never answered. */
function asks(c: Conduct) {
  return {
    echo(ctx: Context, value: unknown) {
      if (c.kind.reentrant !== true) c.act(ctx, "echo");
      return value;
    },
    linger: (ctx: Context, forMs: number) => c.during(ctx, "linger", () => c.pause(ctx, forMs)),
    askOther: (ctx: Context, given: AskOther) => c.during(ctx, "askOther", () => c.askOther(ctx, given)),
    askAside: (ctx: Context, given: AskOther) => c.askOther(ctx, given),
    relay(ctx: Context, { hops, value }: Relay) {
      c.act(ctx, "relay");
      const next = hops[hops.findIndex(({ uid }) => uid === ctx.state.uid) + 1];
      return next !== undefined && ctx.forward(next.ref) === "sent" ? undefined : value;
    },
    never: (ctx: Context) => {
      c.act(ctx, "never");
      return new Promise((_resolve, reject) =>
        ctx.signal.addEventListener("abort", () => reject(onPurpose(1))),
      );
    },
  };
}

/** Streams of numbers, and reading those of others. */
function streams(c: Conduct) {
  return {
    async *count(ctx: Context, { elements, failsAt, pauseMs }: Reading) {
      for (let element = 0; element < elements; element++) {
        if (element === failsAt) throw onPurpose(element);
        if (pauseMs > 0 && element % 3 === 2) await c.pause(ctx, pauseMs);
        yield element;
      }
    },
    read: (ctx: Context, { from, reading }: { from: Known; reading: Reading }) =>
      c.during(ctx, "read", () => c.read(ctx, from, reading)),
  };
}

/** Topics, names and services. */
function announcements(c: Conduct) {
  return {
    subscribe: (ctx: Context, name: string) => ctx.subscribe(topic(name), "news"),
    unsubscribe: (ctx: Context, name: string) => ctx.unsubscribe(topic(name)),
    publish(ctx: Context, { name, count }: { name: string; count: number }) {
      for (let i = 0; i < count; i++) ctx.publish(topic(name), c.ledger.announce(ctx.state.uid));
    },
    news(ctx: Context, given: Note) {
      c.act(ctx, "news");
      c.ledger.hearNews(ctx.state.uid, given, c.kind.ordered);
    },
    follow: (ctx: Context, name: string) => ctx.registry.subscribe(serviceKey(name), "members"),
    members(ctx: Context) {
      c.act(ctx, "members");
    },
  };
}

/** Faults, at once and later, and ends of their own will. */
function ends(c: Conduct) {
  return {
    crash(ctx: Context, at: number): never {
      c.act(ctx, "crash");
      throw onPurpose(at);
    },
    crashLater: (ctx: Context, at: number) =>
      c.during(ctx, "crashLater", async () => {
        await c.pause(ctx, at % 7);
        throw onPurpose(at);
      }),
    leave(ctx: Context) {
      c.act(ctx, "leave");
      ctx.stop();
    },
  };
}

/** Children anywhere, and what becomes of them. */
function families(c: Conduct) {
  return {
    bear(
      ctx: Context,
      { kind: wanted, on, restart, significant, shutdownMs, ...args }: Birth,
    ): Known | undefined {
      c.act(ctx, "bear");
      try {
        const definition = c.kinds[wanted] as AnyDefinition;
        const options = { name: args.uid, args, on, restart, shutdownMs };
        const canEndMe = significant && c.kind.supervision.autoShutdown !== undefined;
        const ref = ctx.spawn(definition, canEndMe ? { ...options, significant } : options);
        ctx.state.children.push({ uid: args.uid, ref });
        return { uid: args.uid, ref };
      } catch (error) {
        if ((error as { code?: string }).code !== "SYSTEM_FULL") throw error;
        return undefined;
      }
    },
    dropChild(ctx: Context, at: number) {
      c.act(ctx, "dropChild");
      const [child] = ctx.state.children.splice(at % (ctx.state.children.length || 1), 1);
      if (child !== undefined) ctx.stop(child.ref);
    },
    renewChild(ctx: Context, at: number) {
      c.act(ctx, "renewChild");
      const child = ctx.state.children[at % (ctx.state.children.length || 1)];
      if (child !== undefined) ctx.restart(child.ref);
    },
    /** Others write to a child of this one; meanwhile it stops, and so many come after it that one gets its place. */
    crowd(ctx: Context, { writers, afterMs }: { writers: readonly Known[]; afterMs: number }) {
      c.act(ctx, "crowd");
      const to = ctx.state.children.find(({ ref }) => ref.cell !== undefined);
      if (to === undefined) return;
      for (const { ref } of writers) ctx.tell(ref, "send", { to, count: 20 });
      ctx.timers.after("crowd", afterMs, "takePlace", to);
    },
    takePlace(ctx: Context, { ref: former }: Known) {
      c.act(ctx, "takePlace");
      ctx.stop(former);
      ctx.state.crowds++;
      for (let at = 0; at < CROWD; at++) {
        const uid = `${ctx.state.uid}-${ctx.state.life}-${ctx.state.crowds}-${at}`;
        const args = { uid, slow: false, sick: 0 };
        const ref = ctx.spawn(c.kinds.Plain as AnyDefinition, { name: uid, args, restart: "temporary" });
        // Whoever is asked for an address has a place that others may have had before.
        if (ref.address !== former.address) ctx.stop(ref);
      }
    },
  };
}

/** Watches and links. */
function watches(c: Conduct) {
  return {
    watch(ctx: Context, { uid, ref }: Known) {
      c.act(ctx, "watch");
      c.ledger.watch(ctx.state.uid, c.world.sim.homeOf(ctx.self), ref, uid);
      ctx.watch(ref);
    },
    unwatch(ctx: Context, { ref }: Known) {
      c.act(ctx, "unwatch");
      c.ledger.unwatch(ctx.state.uid, ref);
      ctx.unwatch(ref);
    },
    /** Stops to watch in the middle of a turn, when the notice may be waiting already. */
    forgo: (ctx: Context, { uid, ref }: Known) =>
      c.during(ctx, "forgo", async () => {
        c.ledger.watch(ctx.state.uid, c.world.sim.homeOf(ctx.self), ref, uid);
        ctx.watch(ref);
        await c.pause(ctx, 25);
        c.ledger.unwatch(ctx.state.uid, ref);
        ctx.unwatch(ref);
      }),
    link: (ctx: Context, { ref }: Known) => ctx.link(ref),
    unlink: (ctx: Context, { ref }: Known) => ctx.unlink(ref),
  };
}

/** Timers and pipes; each of their messages knows the incarnation it is for. */
function times(c: Conduct) {
  return {
    remind(ctx: Context, afterMs: number) {
      c.act(ctx, "remind");
      ctx.timers.after("once", afterMs, "once", ctx.state.life);
      ctx.timers.every("beat", 1 + afterMs / 2, "beat", ctx.state.life);
      ctx.timers.idle(20, "idle", ctx.state.life);
    },
    once: (ctx: Context, life: number) => c.assertLife(ctx, "timers", life),
    beat(ctx: Context, life: number) {
      c.assertLife(ctx, "timers", life);
      if (++ctx.state.beats % 5 === 0) ctx.timers.cancel("beat");
    },
    idle(ctx: Context, life: number) {
      c.assertLife(ctx, "timers", life);
      ctx.timers.idle(0, "idle");
    },
    pipe(ctx: Context, afterMs: number) {
      c.act(ctx, "pipe");
      const { life } = ctx.state;
      ctx.pipeToSelf(
        c.pause(ctx, afterMs).then(() => life),
        "piped",
      );
    },
    piped: (ctx: Context, life: number) => c.assertLife(ctx, "pipes", life),
  };
}

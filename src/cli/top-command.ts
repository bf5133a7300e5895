// `hive top`: threads and the busiest actors, what they did within the last second. On a terminal it goes on until it
// is interrupted; elsewhere, and with --once or --json, it looks for one second and says what it saw.

import { setTimeout as pause } from "node:timers/promises";
import type { ActorOverview, ActorView, HiveClient, ThreadView } from "../client.js";
import { formatMs } from "./durations.js";
import { EXIT } from "./exit-codes.js";
import { type AccessOptions, withClient } from "./hub-access.js";
import { listenForInterrupt } from "./interrupt.js";
import { readWhole } from "./option-values.js";
import { type Column, emit, formatTable } from "./output.js";

export interface TopOptions extends AccessOptions {
  readonly once?: boolean;
  /** Actors to show; default 20. */
  readonly limit?: string;
}

/** What happened between two looks, per second. */
interface Rated {
  readonly messages_per_second: number;
}

export interface Top extends Omit<ActorOverview, "threads" | "actors"> {
  readonly url: string;
  readonly threads: readonly (ThreadView & Rated)[];
  readonly actors: readonly (ActorView & Rated)[];
}

const SHOWN = 20;
/** Looked at each time: an actor that is busy now need not be among those that ever were. */
const LOOKED_AT = 1_000;
const PERIOD_MS = 1_000;
const CLEAR = "\x1b[H\x1b[2J";

export async function showTop(options: TopOptions): Promise<number> {
  const shown = readWhole("--limit", options.limit, 1) ?? SHOWN;
  const { signal, release } = listenForInterrupt();
  try {
    return await withClient(options, async (client) => {
      const live = process.stdout.isTTY && !options.once && !options.json;
      let before = await look(client);
      for (;;) {
        await pause(PERIOD_MS, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return EXIT.done;
        const now = await look(client);
        const top = compare(client.url, before, now, shown);
        before = now;
        emit(options, top, (value) => (live ? CLEAR : "") + describe(value));
        if (!live) return EXIT.done;
      }
    });
  } finally {
    release();
  }
}

interface Look {
  readonly atMs: number;
  readonly seen: ActorOverview;
}

async function look(client: HiveClient): Promise<Look> {
  const seen = await client.inspect({ limit: LOOKED_AT });
  return { atMs: performance.now(), seen };
}

/** Rates between two looks, the busiest actors first. A thread or actor that began anew counts from 0. */
function compare(url: string, before: Look, { atMs, seen }: Look, shown: number): Top {
  const seconds = Math.max(0.001, (atMs - before.atMs) / 1_000);
  const rate = (now: number, then = 0) => Math.round((now < then ? now : now - then) / seconds);
  const threadsThen = new Map(before.seen.threads.map((one) => [one.thread, one.messages]));
  const actorsThen = new Map(before.seen.actors.map((one) => [one.path, one.handled]));
  const threads = seen.threads.map((one) => ({
    ...one,
    messages_per_second: rate(one.messages, threadsThen.get(one.thread)),
  }));
  const actors = seen.actors
    .map((one) => ({ ...one, messages_per_second: rate(one.handled, actorsThen.get(one.path)) }))
    .sort((a, b) => b.messages_per_second - a.messages_per_second || b.mailbox - a.mailbox)
    .slice(0, shown);
  return { ...seen, url, threads, actors };
}

const right = { align: "right" } as const;

const THREAD_COLUMNS: readonly Column<Top["threads"][number]>[] = [
  { title: "THREAD", cell: ({ thread }) => String(thread), ...right },
  { title: "STATE", cell: ({ state }) => state },
  { title: "ACTORS", cell: ({ actors }) => String(actors), ...right },
  { title: "MSG/S", cell: (one) => String(one.messages_per_second), ...right },
  { title: "FAULTS", cell: ({ faults }) => String(faults), ...right },
  { title: "RESTARTS", cell: ({ restarts }) => String(restarts), ...right },
  { title: "FULL", cell: ({ full }) => String(full), ...right },
  { title: "DEAD LETTERS", cell: (one) => String(one.dead_letters), ...right },
  { title: "MEMORY", cell: (one) => `${Math.round(one.memory_bytes / 2 ** 20)} MiB`, ...right },
  { title: "REPLACED", cell: ({ replaced }) => String(replaced), ...right },
  { title: "STALLS", cell: ({ stalls }) => String(stalls), ...right },
];

const ACTOR_COLUMNS: readonly Column<Top["actors"][number]>[] = [
  { title: "MSG/S", cell: (one) => String(one.messages_per_second), ...right },
  { title: "HANDLED", cell: ({ handled }) => String(handled), ...right },
  { title: "MAILBOX", cell: ({ mailbox }) => String(mailbox), ...right },
  { title: "RESTARTS", cell: ({ restarts }) => String(restarts), ...right },
  { title: "THREAD", cell: ({ thread }) => String(thread), ...right },
  { title: "STATE", cell: ({ state }) => state },
  { title: "ACTOR", cell: ({ path }) => path },
  { title: "DOING", cell: ({ current }) => (current ? `${current.method} ${formatMs(current.for_ms)}` : "") },
];

function describe({ url, threads, actors, total_count: total, cut, unreachable }: Top): string {
  const missing = unreachable.length === 0 ? "" : `; no answer from thread ${unreachable.join(", ")}`;
  return [
    `${url}: ${total}${cut ? " and more" : ""} actors${missing}`,
    "",
    formatTable(THREAD_COLUMNS, threads),
    "",
    formatTable(ACTOR_COLUMNS, actors),
  ].join("\n");
}

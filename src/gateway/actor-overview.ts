// Threads and actors as they do right now, for `hive top` and whoever else watches.

import { actorsIn, type InspectedActor } from "../runtime/inspection.js";
import type { ThreadInfo } from "../runtime/system.js";
import {
  type ActorOverview,
  type ActorView,
  actorQueryShape,
  type ThreadView,
} from "../wire/actor-shapes.js";
import { RequestError, readShape } from "../wire/http-shapes.js";
import { answer, type Route } from "./exchange.js";
import type { SystemFace } from "./faces.js";

/** Actors looked at for one answer; of these the busiest are in it. */
const LOOKED_AT_MAX = 10_000;

export function actorOverviewRoute(system: SystemFace): Route {
  return {
    method: "GET",
    pattern: "/api/admin/actors",
    access: "admin",
    handle: async (exchange) => {
      const query = readShape(actorQueryShape, Object.fromEntries(exchange.query), "The query");
      return answer(exchange, 200, await overview(system, query.path, query.limit));
    },
  };
}

async function overview(system: SystemFace, path: string, limit: number): Promise<ActorOverview> {
  const seen = await system.inspect({ path, limit: LOOKED_AT_MAX });
  if (seen === undefined)
    throw new RequestError("NO_ACTOR", `There is no actor at ${path}; paths look like /user/name.`, {
      data: { path },
    });
  const busiest = [...actorsIn(seen.root)].sort((a, b) => b.handled - a.handled || b.mailbox - a.mailbox);
  return {
    threads: system.threads().map(threadView),
    actors: busiest.slice(0, limit).map(actorView),
    total_count: seen.actors,
    cut: seen.cut,
    unreachable: seen.unreachable,
  };
}

function threadView(info: ThreadInfo): ThreadView {
  const { thread, state, actors, messages, faults, full, stalls } = info;
  return {
    thread,
    state,
    actors,
    messages,
    faults,
    restarts: info.actorRestarts,
    full,
    dead_letters: info.deadLetters,
    memory_bytes: info.memoryBytes,
    replaced: info.restarts,
    stalls,
  };
}

function actorView(actor: InspectedActor): ActorView {
  const { path, definition, thread, state, mailbox, handled, restarts, current } = actor;
  const now = current === undefined ? null : { method: current.method, for_ms: current.forMs };
  return { path, definition, thread, state, mailbox, handled, restarts, current: now };
}

// What only an admin may do.

import { RequestError } from "../wire/http-shapes.js";
import { actorOverviewRoute } from "./actor-overview.js";
import { answer, type Route } from "./exchange.js";
import type { SystemFace } from "./faces.js";

export function adminRoutes(system: SystemFace): readonly Route[] {
  return [
    actorOverviewRoute(system),
    {
      method: "POST",
      pattern: "/api/admin/threads/{n}/restart",
      access: "admin",
      body: "json",
      handle: async (exchange) => {
        const thread = Number(exchange.params.n);
        const known = system.threads().map((one) => one.thread);
        if (!known.includes(thread)) {
          const what = `There is no worker thread ${exchange.params.n}; there are ${known.join(", ")}.`;
          throw new RequestError("THREAD_NOT_FOUND", what, { data: { threads: known } });
        }
        await system.restartThread(thread);
        const now = system.threads().find((one) => one.thread === thread);
        return answer(exchange, 200, { thread: now ?? { thread }, restarted: true });
      },
    },
  ];
}

// docs/http-api.md lists the routes that there are, who may call them, and the codes that there are.

import { expect, it } from "vitest";
import { actorRoutes } from "../../src/gateway/actor-routes.js";
import { adminRoutes } from "../../src/gateway/admin-routes.js";
import { agentRoutes } from "../../src/gateway/agent-routes.js";
import { agentTaskRoutes } from "../../src/gateway/agent-task-routes.js";
import { blobRoutes } from "../../src/gateway/blob-routes.js";
import { healthRoutes } from "../../src/gateway/health-routes.js";
import { upgradeRoute } from "../../src/gateway/socket-front.js";
import { statusRoutes } from "../../src/gateway/status-routes.js";
import { taskRoutes } from "../../src/gateway/task-routes.js";
import { clientFrameShape } from "../../src/wire/actor-protocol.js";
import { agentQueryShape, capabilityShape, createAgentInputShape } from "../../src/wire/agent-shapes.js";
import { cancelCommandShape, commandShape, subscribeShape } from "../../src/wire/event-protocol.js";
import { statusOfCode } from "../../src/wire/http-shapes.js";
import {
  agentTaskShape,
  createTaskInputShape,
  requiredCapabilityShape,
  taskQueryShape,
} from "../../src/wire/task-shapes.js";
import { readPage } from "./pages.js";

const { text } = readPage("docs/http-api.md");

it("every route of the gateway stands in docs/http-api.md with its access, and no other", () => {
  const none = {} as never;
  const routes = [
    ...healthRoutes(none),
    ...statusRoutes(none),
    ...agentRoutes(none),
    ...agentTaskRoutes(none),
    ...taskRoutes(none),
    ...blobRoutes(none),
    ...actorRoutes(none),
    ...adminRoutes(none),
    upgradeRoute("/ws"),
  ].map(({ method, pattern, access }) => `${method} ${pattern} ${access}`);
  const rows = [...text.matchAll(/^\| `(\w+ \/[^`]*)` \| (\w+) \|/gm)];
  const written = rows.map(([, route = "", access = ""]) => `${route} ${access}`);
  expect(written.sort()).toEqual(routes.sort());
});

it("every field that is taken stands in docs/http-api.md, where what takes it is told", () => {
  const taken: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ["A task to create", { ...createTaskInputShape.shape, ...requiredCapabilityShape.out.shape }],
    ["Work for one agent", agentTaskShape.out.shape],
    ["An agent to start", { ...createAgentInputShape.shape, ...capabilityShape.shape }],
    ["| `GET /api/tasks` |", taskQueryShape.out.shape],
    ["| `GET /api/agents` |", agentQueryShape.out.shape],
    [
      "- **Without a subprotocol",
      { ...commandShape.shape, ...subscribeShape.shape, ...cancelCommandShape.shape },
    ],
    ["- **With `hive.msgpack.v1`", Object.assign({}, ...clientFrameShape.options.map((one) => one.shape))],
  ];
  for (const [beginning, shape] of taken) {
    const told = text.split(/\n\n|\n(?=[|-] )/).filter((part) => part.startsWith(beginning));
    expect(told, beginning).toHaveLength(1);
    const words = new Set(
      [...(told[0] ?? "").matchAll(/`([^`]*)`/g)].flatMap(([, code = ""]) => code.split(/[^\w]+/)),
    );
    expect(
      Object.keys(shape).filter((field) => !words.has(field)),
      beginning,
    ).toEqual([]);
  }
});

it("every code in its table has that status", () => {
  const rows = [...text.matchAll(/^\| (\d[^|]*) \| ([^|]*) \|$/gm)];
  expect(rows.length).toBeGreaterThan(8);
  for (const [, statuses = "", codes = ""] of rows) {
    const groups = codes.split(" · ");
    for (const [at, status] of [...statuses.matchAll(/\d{3}/g)].entries()) {
      const named = [...(groups[at] ?? "").matchAll(/`([A-Z_]+)`/g)].map(([, code = ""]) => code);
      expect(named.map((code) => [code, statusOfCode(code)])).toEqual(
        named.map((code) => [code, Number(status)]),
      );
    }
  }
});

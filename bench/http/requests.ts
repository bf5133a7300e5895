// How many requests a second the gateway answers: beside the documents' figures, and beside the library under it.

import { type Goal, hive, type Measured, type Published, type Question, type Session } from "../question.js";
import { CONNECTIONS, fire, fireWithWrk, type Shot, wrkIsThere } from "./load.js";
import { type Listening, type Server, startHub, startRaw } from "./servers.js";

const TWENTY_TIMES: Goal = { kind: "times", peer: "documents", atLeast: 20 };
const WRK_SECONDS = { full: 4, quick: 2 };
const TASK_BODY = JSON.stringify({ description: "nothing to do", type: "rest", parameters: {} });
const LISTED = 100;

interface Route {
  readonly name: string;
  readonly asks: string;
  readonly documents: number;
  readonly requests: number;
  readonly pipelining?: number;
  readonly shot: (server: Listening) => Shot;
  /** What the hub counts of the thing that a request makes. */
  readonly made?: (server: Listening) => Promise<number>;
  /** What must be there before the first request. */
  readonly prepare?: (server: Listening) => Promise<void>;
}

const ROUTES: readonly Route[] = [
  {
    name: "health",
    asks: "how many GET /health a second?",
    documents: 1500,
    requests: 60_000,
    // Why: asked for one at a time, autocannon is at its own end near 25 thousand a second, also before a raw server.
    pipelining: 10,
    shot: ({ url }) => ({ method: "GET", url: `${url}/health`, headers: {} }),
  },
  {
    name: "list-agents",
    asks: "how many GET /api/agents a second?",
    documents: 500,
    requests: 20_000,
    shot: (server) => get(server, "/api/agents"),
  },
  {
    name: "create-agent",
    asks: "how many POST /api/agents a second, each starting a supervised agent on a worker thread?",
    documents: 200,
    requests: 2000,
    shot: (server) =>
      post(server, "/api/agents", () => JSON.stringify({ name: freshName(), definition: "rester" })),
    made: (server) => totalCount(server, "/api/agents"),
  },
  {
    name: "list-tasks",
    asks: "how many GET /api/tasks a second?",
    documents: 300,
    requests: 10_000,
    shot: (server) => get(server, "/api/tasks"),
    prepare: async (server) => void (await fire(createTask(server), LISTED)),
  },
  {
    name: "create-task",
    asks: "how many POST /api/tasks a second, each flushed to disk before its answer, and done by an agent?",
    documents: 150,
    requests: 10_000,
    shot: createTask,
    made: (server) => totalCount(server, "/api/tasks"),
  },
];

function get({ url, token }: Listening, path: string): Shot {
  return { method: "GET", url: `${url}${path}`, headers: { authorization: `Bearer ${token}` } };
}

function post({ url, token }: Listening, path: string, body: () => string): Shot {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return { method: "POST", url: `${url}${path}`, headers, body };
}

function createTask(server: Listening): Shot {
  return post(server, "/api/tasks", () => TASK_BODY);
}

let names = 0;

function freshName(): string {
  names += 1;
  return `rester-${names}`;
}

async function fetchJson(server: Listening, path: string): Promise<unknown> {
  const { url, headers } = get(server, path);
  const response = await fetch(url, { headers });
  if (!response.ok) throw new Error(`GET ${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

async function totalCount(server: Listening, path: string): Promise<number> {
  const list = (await fetchJson(server, `${path}?limit=1`)) as {
    readonly data: { readonly total_count: number };
  };
  return list.data.total_count;
}

async function openRoute(route: Route, server: Server, requests: number): Promise<Session> {
  const { pipelining = 1 } = route;
  await route.prepare?.(server);
  const run = async (): Promise<Measured> => {
    const before = await route.made?.(server);
    const measured = await fire({ ...route.shot(server), pipelining }, requests);
    const after = await route.made?.(server);
    const made = before === undefined || after === undefined ? requests : after - before;
    return { ...measured, verified: measured.verified && made === requests };
  };
  return { run, close: () => server.stop() };
}

const routeQuestions = ROUTES.map(
  (route): Question => ({
    group: "http",
    name: route.name,
    asks: route.asks,
    unit: "req/s",
    higherIsBetter: true,
    params: {
      load: "autocannon",
      connections: CONNECTIONS,
      pipelining: route.pipelining ?? 1,
      durability: "flushed",
    },
    where: "own-process",
    goals: [TWENTY_TIMES],
    contenders: (scale) => {
      const requests = scale.pieces(route.requests);
      const documents: Published = { system: "documents", published: route.documents };
      return [hive({ requests }, async () => openRoute(route, await startHub(), requests)), documents];
    },
  }),
);

const RAW = "raw uWebSockets.js";

async function openHealth(server: Server, load: (url: string) => Promise<Measured>): Promise<Session> {
  return { run: () => load(`${server.url}/health`), close: () => server.stop() };
}

/** A raw server that answers what our /health answers, byte for byte. */
async function startRawHealth(): Promise<Server> {
  const hub = await startHub();
  try {
    return await startRaw(JSON.stringify(await fetchJson(hub, "/health")));
  } finally {
    await hub.stop();
  }
}

/** The ratio to raw: by wrk where it is installed, else by autocannon, and the row says which. */
const healthOfRaw: Question = {
  group: "http",
  name: "health-of-raw",
  asks: "how much of raw uWebSockets.js is left in GET /health?",
  unit: "req/s",
  higherIsBetter: true,
  params: { connections: CONNECTIONS },
  where: "own-process",
  goals: [{ kind: "times", peer: RAW, atLeast: 0.8 }],
  contenders: (scale) => {
    const seconds = scale.quick ? WRK_SECONDS.quick : WRK_SECONDS.full;
    const requests = scale.pieces(60_000);
    const byWrk = wrkIsThere();
    const params = byWrk
      ? { load: "wrk", seconds }
      : { load: "autocannon, for wrk is not installed", requests };
    const load = (url: string): Promise<Measured> =>
      byWrk ? fireWithWrk(url, seconds) : fire({ method: "GET", url, headers: {} }, requests);
    return [
      hive(params, async () => openHealth(await startHub(), load)),
      { system: RAW, params, open: async () => openHealth(await startRawHealth(), load) },
    ];
  },
};

export const httpQuestions: readonly Question[] = [...routeQuestions, healthOfRaw];

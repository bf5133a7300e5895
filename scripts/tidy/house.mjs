// The house as data: rooms and floors, who owns which foreign library, what each graph may carry, the bounds of a file.
// Why data: changing a decision is one line here and one in docs/architecture.md, never a new branch in a rule.

/** A room imports only rooms on strictly lower floors. Rooms of one floor never import each other. */
export const ROOM_FLOORS = {
  base: 0,
  wire: 1,
  observe: 1,
  ring: 2,
  store: 2,
  compute: 2,
  client: 2,
  actor: 3,
  runtime: 4,
  routing: 4,
  durable: 4,
  access: 4,
  hub: 5,
  cluster: 5,
  testkit: 5,
  delegation: 6,
  operate: 6,
  gateway: 7,
  cli: 9,
};

/** The files directly in src/: what package.json `exports` names. */
export const ENTRIES = ["src/index.ts", "src/agent.ts", "src/hub.ts", "src/client.ts", "src/testkit.ts"];
export const ENTRY_FLOOR = 8;

/** Names that say nothing about what lives in a room. */
export const FORBIDDEN_ROOMS = [
  "utils",
  "util",
  "common",
  "types",
  "services",
  "managers",
  "helpers",
  "shared",
];

/** Files that something other than an import starts: the command line, threads, jobs. */
export const STARTED_FILES = [
  "src/cli/main.ts",
  "src/runtime/worker.ts",
  "src/store/database-check.ts",
  "src/compute/gpu/main.ts",
  "bench/gate-main.ts",
  "bench/performance-table.ts",
];

/** One foreign library, one file. A library that is not listed still lives in one file only. */
export const LIBRARY_OWNERS = {
  "uWebSockets.js": "src/gateway/server.ts",
  lmdb: "src/store/database.ts",
  msgpackr: "src/wire/codec.ts",
  "prom-client": "src/observe/metrics.ts",
  piscina: "src/runtime/offload.ts",
  comlink: "src/runtime/control.ts",
  jose: "src/access/tokens.ts",
  pino: "src/base/log.ts",
  "smol-toml": "src/cli/settings.ts",
  ws: "src/client/socket.ts",
  "gpu.js": "src/compute/gpu/device.ts",
  nats: "src/cluster/nats-link.ts",
};

/** The compiled addon is a foreign library too; its loader is recognised by these words in a string. */
export const ADDON_OWNER = "src/base/addon.ts";
export const ADDON_PATTERN = /\.node["'`]|node-gyp-build|process\.dlopen/;

/** zod may appear wherever shapes are declared. */
export const ZOD_HOMES = ["src/wire/", "src/hub/", "src/cli/settings", "actors/"];

/** Loaded by every thread: each of these costs tens of milliseconds and megabytes there. */
export const THREAD_ENTRIES = ["src/runtime/worker.ts", "src/index.ts", "src/agent.ts"];
export const THREAD_FORBIDDEN = ["lmdb", "uWebSockets.js", "prom-client", "jose", "pino", "gpu.js"];

/** Runs in browsers. */
export const CLIENT_ENTRY = "src/client.ts";

/** Only these read the environment and the arguments. */
export const ENVIRONMENT_READERS = ["src/cli/"];

export const FILE_LINES_MAX = 400;
export const FUNCTION_LINES_MAX = 70;
export const LINE_CHARS_MAX = 120;

/** Folders tidy reads, and the endings it understands there. */
export const FOLDERS = ["src", "actors", "bench", "test", "scripts", "native"];
export const ENDINGS = [".ts", ".mjs", ".js", ".cc", ".h"];
export const SKIPPED_FOLDERS = ["node_modules", "build", "results"];

// The client of a hub: everything the gateway offers, as calls. Works in Node and in browsers.
//   const client = connect({ url: "http://127.0.0.1:8080", token });
//   const { task_id } = await client.tasks.create({ description: "profile it", parameters: { blob } });
//   const task = await client.tasks.wait(task_id);
// Connecting is lazy: nothing is sent before the first call, and sockets are opened when they are needed.

import type { ActorOverview, ActorQuery } from "../wire/actor-shapes.js";
import type { HubEvent } from "../wire/event-shapes.js";
import { ActorChannel, type MethodsOf, type RemoteActor } from "./actors.js";
import { type AgentCalls, agentCalls } from "./agents.js";
import { type BlobCalls, blobCalls } from "./blobs.js";
import { type ConnectOptions, checkConnect } from "./connect-options.js";
import type { ClientError } from "./errors.js";
import { type EventOptions, type GapEvent, readEvents } from "./events.js";
import { Http } from "./http.js";
import { SettlementWatch } from "./settlement-watch.js";
import { type CallOptions, readTask, type TaskCalls, taskCalls } from "./tasks.js";

/** The live audit of a hub. `ok` means that every invariant holds. */
export interface Invariants extends Readonly<Record<string, unknown>> {
  readonly ok: boolean;
}

export interface HiveClient extends AsyncDisposable {
  readonly url: string;
  readonly tasks: TaskCalls;
  readonly agents: AgentCalls;
  readonly blobs: BlobCalls;
  /** Events as they happen, resumed across lost connections; a `gap` stands for what the hub no longer has. */
  events(options?: EventOptions): AsyncIterable<HubEvent | GapEvent>;
  /** A ref to an actor in the hub, typed by its definition. */
  actor<D = unknown>(path: string): RemoteActor<MethodsOf<D>>;
  status(options?: CallOptions): Promise<Readonly<Record<string, unknown>>>;
  resources(options?: CallOptions): Promise<Readonly<Record<string, unknown>>>;
  invariants(options?: CallOptions): Promise<Invariants>;
  /** The threads and the busiest actors of the hub. Takes an admin's token. */
  inspect(query?: ActorQuery, options?: CallOptions): Promise<ActorOverview>;
  /** Ends and replaces a worker thread of the hub. Takes an admin's token. */
  restartThread(thread: number, options?: CallOptions): Promise<Readonly<Record<string, unknown>>>;
  /** Ends every call in progress with CANCELLED and closes the sockets. */
  close(): Promise<void>;
}

/** Makes a client. Does no I/O. Throws BAD_URL or OPTIONS. */
export function connect(options: ConnectOptions): HiveClient {
  const settings = checkConnect(options);
  const { url, token } = settings;
  const http = new Http(settings);
  const closing = new AbortController();
  const source = { url, token, diagnose: () => diagnose(http), closed: closing.signal };
  const watch = new SettlementWatch(source, (id) => readTask(http, id));
  const channel = new ActorChannel(source);
  const events = (wish: EventOptions = {}): AsyncIterable<HubEvent | GapEvent> => readEvents(source, wish);
  const read = <T>(path: string, { signal }: CallOptions = {}): Promise<T> =>
    http.data<T>({ method: "GET", path, repeatable: true, signal });
  const close = async (): Promise<void> => {
    closing.abort(new Error("the client was closed"));
    watch.close();
    channel.close();
    http.close();
  };
  return {
    url,
    tasks: taskCalls(http, watch, events),
    agents: agentCalls(http),
    blobs: blobCalls(http),
    events,
    actor: <D>(path: string) => channel.actor<D>(path),
    status: (call) => read("/api/hive/status", call),
    resources: (call) => read("/api/resources", call),
    invariants: (call) => read("/api/audit/invariants", call),
    inspect: (query = {}, call) => {
      const given = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]);
      return read(`/api/admin/actors?${new URLSearchParams(given)}`, call);
    },
    restartThread: (thread, { signal } = {}) =>
      http.data({ method: "POST", path: `/api/admin/threads/${thread}/restart`, repeatable: false, signal }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Why a socket could not be opened: a refused token is final, anything else may pass. */
async function diagnose(http: Http): Promise<ClientError | undefined> {
  try {
    await http.data({ method: "GET", path: "/api/tasks?limit=1", repeatable: false });
    return undefined;
  } catch (error) {
    const failure = error as ClientError;
    return failure.status === 401 || failure.status === 403 ? failure : undefined;
  }
}

// From outside to an actor: by its path, and only to methods that its definition opens.
// Looking up a path may take a question to another thread, so what was found is remembered; an actor that turns out to
// be gone is forgotten, since another may have its path by now.
// Why pending look-ups are remembered too: messages of one sender wait for the same answer and so keep their order.

import type { ActorRef, AskOptions, TellResult } from "../actor/ref.js";
import type { StreamOptions } from "../actor/stream.js";
import { errorToRecord } from "../base/errors.js";
import type { Inflow } from "../base/inflow.js";
import { RequestError } from "../wire/http-shapes.js";
import type { SystemFace } from "./faces.js";

/** An actor, as one who knows it only by its path can use it. */
interface UntypedRef {
  tell(method: string, payload?: unknown): TellResult;
  ask(method: string, payload?: unknown, options?: AskOptions): Promise<unknown>;
  stream(method: string, payload?: unknown, options?: StreamOptions): Inflow<unknown>;
}

/** A stream that has begun: what its first `next()` gave, and the rest. */
export interface Begun {
  readonly first: IteratorResult<unknown, undefined>;
  readonly rest: Inflow<unknown>;
}

interface Found {
  readonly ref: ActorRef;
  readonly remote: readonly string[];
}

/** Paths remembered; the oldest is forgotten first. */
const REMEMBERED_MAX = 10_000;

function noActor(path: string): RequestError {
  return new RequestError("NO_ACTOR", `There is no actor at ${path}; paths look like /user/name.`, {
    data: { path },
  });
}

function untyped(found: Found): UntypedRef {
  return found.ref as unknown as UntypedRef;
}

export class ActorBook {
  readonly #system: SystemFace;
  readonly #pages = new Map<string, Found | Promise<Found>>();

  constructor(system: SystemFace) {
    this.#system = system;
  }

  /** Tells the actor at `path`; at once when it is known. Throws NO_ACTOR or FORBIDDEN. */
  tell(path: string, method: string, payload: unknown): TellResult | Promise<TellResult> {
    const found = this.#find(path);
    if (found instanceof Promise) return found.then((one) => this.#tell(path, one, method, payload));
    const result = this.#tell(path, found, method, payload);
    if (result !== "dead") return result;
    // It may have been replaced since it was remembered.
    return this.#lookUp(path).then((one) => this.#tell(path, one, method, payload));
  }

  /** Asks the actor at `path`. Rejects with NO_ACTOR, FORBIDDEN, or whatever the ask comes to. */
  ask(path: string, method: string, payload: unknown, options: AskOptions): Promise<unknown> {
    return this.#reach(path, async (found) => {
      requireOpen(found, path, method);
      return untyped(found).ask(method, payload, options);
    });
  }

  /** Reads a stream method up to its first element. Rejects as `ask` does. */
  async stream(path: string, method: string, payload: unknown, options: StreamOptions): Promise<Begun> {
    const begin = async (found: Found): Promise<Begun> => {
      requireOpen(found, path, method);
      const rest = untyped(found).stream(method, payload, options);
      return { first: await rest.next(), rest };
    };
    return this.#reach(path, begin);
  }

  /** Watches the actor at `path`; one that is not there has ended for the reason `no-actor`. */
  async watch(path: string, ended: (reason: string) => void): Promise<() => void> {
    const found = await this.#system.find(path);
    if (found !== undefined) return this.#system.watch(found.ref, (reason) => ended(reason.code));
    ended("no-actor");
    return () => undefined;
  }

  #tell(path: string, found: Found, method: string, payload: unknown): TellResult {
    requireOpen(found, path, method);
    const result = untyped(found).tell(method, payload);
    if (result === "dead") this.#pages.delete(path);
    return result;
  }

  /** Calls who is remembered; should that one be gone, whoever has its path now. */
  #reach<T>(path: string, call: (found: Found) => Promise<T>): Promise<T> {
    const found = this.#find(path);
    if (found instanceof Promise) return found.then((one) => this.#call(path, one, call));
    return this.#call(path, found, call).catch((error: unknown) => {
      if (errorToRecord(error).code !== "NO_ACTOR") throw error;
      return this.#lookUp(path).then((one) => this.#call(path, one, call));
    });
  }

  async #call<T>(path: string, found: Found, call: (found: Found) => Promise<T>): Promise<T> {
    try {
      return await call(found);
    } catch (error) {
      const { code } = errorToRecord(error);
      if (code === "NO_ACTOR" || code === "ACTOR_STOPPED" || code === "THREAD_LOST") this.#pages.delete(path);
      throw error;
    }
  }

  #find(path: string): Found | Promise<Found> {
    return this.#pages.get(path) ?? this.#lookUp(path);
  }

  #lookUp(path: string): Promise<Found> {
    const pending = this.#system.find(path).then((found) => {
      if (found === undefined) throw noActor(path);
      if (this.#pages.get(path) === pending) this.#pages.set(path, found);
      return found;
    });
    pending.catch(() => {
      if (this.#pages.get(path) === pending) this.#pages.delete(path);
    });
    if (this.#pages.size >= REMEMBERED_MAX) this.#pages.delete(this.#pages.keys().next().value as string);
    this.#pages.set(path, pending);
    return pending;
  }
}

function requireOpen(found: Found, path: string, method: string): void {
  if (found.remote.includes(method)) return;
  const what = `${path} does not open "${method}" to the outside; its definition lists such methods under remote.`;
  throw new RequestError("FORBIDDEN", what, { data: { path, method } });
}

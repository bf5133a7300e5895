// Development mode: code that works on one thread works on two. What is sent to an actor on the same thread is looked
// through as if it had to travel, and frozen, so that whoever changes what was sent throws where it does.
//
// Why a kernel and a transport of their own: a system without the mode runs not one branch of it.

import { EncodeError, isForeign, Reference } from "../wire/codec.js";
import type { Ask } from "./ask.js";
import type { Cell } from "./cell.js";
import { Kernel, type KernelOptions } from "./kernel.js";
import type { Transport } from "./ports.js";
import type { ActorRef, TellResult } from "./ref.js";

export class DevelopmentKernel extends Kernel {
  constructor(options: KernelOptions) {
    const transport = checkedTransport(options.above.transport);
    super({ ...options, above: { ...options.above, transport } });
    const { asks } = this;
    const settle = asks.settle.bind(asks);
    asks.settle = (ask, value) => {
      // An answer from another thread has travelled already.
      const own = ask.resolve === undefined || ask.id === 0;
      try {
        if (own) takeCare(value, "reply", ask.resolve !== undefined);
      } catch (error) {
        return asks.fail(ask, error as Error);
      }
      settle(ask, value);
    };
  }

  override tellLocal(cell: Cell, method: string, payload: unknown, sender: Cell | undefined): TellResult {
    // What an actor sends itself stays with it.
    if (cell !== sender) takeCare(payload, "payload", true);
    return super.tellLocal(cell, method, payload, sender);
  }

  override push(
    cell: Cell,
    method: string,
    payload: unknown,
    sender: ActorRef | undefined,
    ask: Ask | undefined,
  ): void {
    // An ask of this thread; one from elsewhere has travelled already.
    if (ask?.resolve !== undefined) takeCare(payload, "payload", true);
    super.push(cell, method, payload, sender, ask);
  }
}

/** What may not travel is refused, also what would only arrive as something else. */
function checkedTransport(transport: Transport): Transport {
  return {
    tell: (to, method, payload, sender, ask) => {
      takeCare(payload, "payload", false);
      return transport.tell(to, method, payload, sender, ask);
    },
    reply: (ask, value) => transport.reply(ask, value),
    fail: (ask, error) => transport.fail(ask, error),
    elements: (ask, batch, outlet) => transport.elements(ask, batch, outlet),
    attend: (topicNumber, attends) => transport.attend(topicNumber, attends),
    publish: (topic, payload, sender) => {
      // Subscribers on this thread get the very object.
      takeCare(payload, "payload", true);
      return transport.publish(topic, payload, sender);
    },
    control: (thread, message) => transport.control(thread, message),
    spawn: (thread, message) => transport.spawn(thread, message),
  };
}

/** Throws `EncodeError` for what could not travel as it is; else freezes it, down to the last object in it. */
function takeCare(value: unknown, path: string, freeze: boolean): void {
  const passed = new Set<object>();
  check(value, path, new Set(), passed);
  // Maps and sets cannot be frozen; what is in them can.
  if (freeze) for (const one of passed) if (!(one instanceof Map || one instanceof Set)) Object.freeze(one);
}

/** Throws with the path to the first value that could not travel; `open` are the objects around this one. */
function check(value: unknown, path: string, open: Set<object>, passed: Set<object>): void {
  if (typeof value === "function" || typeof value === "symbol")
    throw refusal(path, `a ${typeof value} cannot travel`);
  if (typeof value !== "object" || value === null || value instanceof Reference) return;
  if (value instanceof Promise) throw refusal(path, "a promise cannot travel: await it first");
  if (isForeign(value) || passed.has(value)) return;
  if (open.has(value)) throw refusal(path, "it contains itself: flatten it");
  open.add(value);
  for (const [inner, within] of entriesOf(value, path)) check(within, inner, open, passed);
  open.delete(value);
  passed.add(value);
}

/** What a value holds, each with its path. */
function entriesOf(value: object, path: string): [string, unknown][] {
  if (Array.isArray(value)) return value.map((inner, index) => [`${path}[${index}]`, inner]);
  if (value instanceof Set) return [...value].map((inner, index) => [`${path}.values[${index}]`, inner]);
  if (value instanceof Map) {
    return [...value].flatMap(([key, inner], index): [string, unknown][] => [
      [`${path}.keys[${index}]`, key],
      [`${path}.get(${typeof key === "object" ? `keys[${index}]` : String(key)})`, inner],
    ]);
  }
  const { constructor } = value;
  if (constructor !== Object && Object.getPrototypeOf(value) !== null) {
    const name = typeof constructor === "function" ? constructor.name : "a class";
    throw refusal(path, `an instance of ${name} would arrive as a plain object: send its data`);
  }
  return Object.entries(value).map(([key, inner]) => [`${path}.${key}`, inner]);
}

function refusal(path: string, why: string): EncodeError {
  return new EncodeError(`${path}: ${why}`);
}

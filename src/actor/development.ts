// Development mode: code that works on one thread works on two. What is sent to an actor on the same thread is looked
// through as if it had to travel (actor/travel-check), and frozen, so that whoever changes what was sent throws where
// it does.
//
// Why a kernel and a transport of their own: a system without the mode runs not one branch of it.

import type { Ask } from "./ask.js";
import type { Cell } from "./cell.js";
import type { AnyDefinition, ArgsOf, Placement, ProtocolOfDefinition, SpawnOptions } from "./definition.js";
import { Kernel, type KernelOptions } from "./kernel.js";
import type { Flow } from "./outflow.js";
import type { Transport } from "./ports.js";
import type { ActorRef, TellResult } from "./ref.js";
import { asWritten } from "./stream-name.js";
import { TravelCheck } from "./travel-check.js";

export class DevelopmentKernel extends Kernel {
  readonly #check: TravelCheck;

  constructor(options: KernelOptions) {
    const check = new TravelCheck(options.home);
    const transport = checkedTransport(options.above.transport, check);
    super({ ...options, above: { ...options.above, transport } });
    this.#check = check;
    const { asks } = this;
    const ask = asks.ask.bind(asks);
    asks.ask = (...given) => {
      const flow = given[6];
      if (flow !== undefined) this.#checkElements(flow);
      return ask(...given);
    };
    const settle = asks.settle.bind(asks);
    asks.settle = (ask, value) => {
      // An answer from another thread has travelled already.
      const own = ask.resolve === undefined || ask.id === 0;
      try {
        if (own) check.pass(value, "reply", ask.resolve !== undefined);
      } catch (error) {
        return asks.fail(ask, error as Error);
      }
      settle(ask, value);
    };
  }

  override tellLocal(cell: Cell, method: string, payload: unknown, sender: Cell | undefined): TellResult {
    // What an actor sends itself stays with it.
    if (cell !== sender) this.#check.pass(payload, "payload", true);
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
    if (ask?.resolve !== undefined) this.#check.pass(asWritten({ method, payload }).payload, "payload", true);
    super.push(cell, method, payload, sender, ask);
  }

  override spawn<D extends AnyDefinition>(
    parent: Cell,
    definition: D,
    options: SpawnOptions<ArgsOf<D>>,
    placement: Placement,
  ): ActorRef<ProtocolOfDefinition<D>> {
    // No other thread could load one without a module: its arguments stay here.
    if (definition.module !== undefined) this.#check.pass(options?.args, "args", true);
    return super.spawn(parent, definition, options, placement);
  }

  /** Elements for a reader on this thread: the stream fails at the first that could not travel. */
  #checkElements(flow: Flow): void {
    const take = flow.take.bind(flow);
    flow.take = (batch) => {
      const { ask } = flow;
      // Those from another thread have travelled already.
      if (ask === undefined || ask.id !== 0) return take(batch);
      const [good, error] = split(batch, this.#check, true);
      if (good.length > 0) take(good);
      if (error !== undefined) this.asks.giveUp(ask, error);
    };
  }
}

/** What may not travel is refused, also what would only arrive as something else. */
function checkedTransport(transport: Transport, check: TravelCheck): Transport {
  return {
    tell: (to, method, payload, sender, ask) => {
      check.pass(asWritten({ method, payload }).payload, "payload", false);
      return transport.tell(to, method, payload, sender, ask);
    },
    reply: (ask, value) => transport.reply(ask, value),
    fail: (ask, error) => transport.fail(ask, error),
    elements: (ask, batch, outlet) => {
      const [good, error] = split(batch, check, false);
      if (good.length > 0) transport.elements(ask, good, outlet);
      if (error !== undefined) outlet.broken(error);
    },
    attend: (topicNumber, attends) => transport.attend(topicNumber, attends),
    publish: (topic, payload, sender) => {
      // Subscribers on this thread get the very object.
      check.pass(payload, "payload", true);
      return transport.publish(topic, payload, sender);
    },
    control: (thread, message) => transport.control(thread, message),
    spawn: (thread, message) => transport.spawn(thread, message),
  };
}

/** The elements before the first that could not travel, and why that one could not. */
function split(batch: unknown[], check: TravelCheck, freeze: boolean): [good: unknown[], error?: Error] {
  for (const [at, element] of batch.entries()) {
    try {
      check.pass(element, "element", freeze);
    } catch (error) {
      return [batch.slice(0, at), error as Error];
    }
  }
  return [batch];
}

// What users see of the registry: `ctx.registry` inside an actor, `system.registry` outside.

import { type ListenOptions, listening } from "../base/listening.js";
import type { Cell } from "./cell.js";
import type { AnyDefinition, Protocol, ProtocolOfDefinition } from "./definition.js";
import type { Kernel } from "./kernel.js";
import { ownRef } from "./other-system.js";
import type { ActorRef } from "./ref.js";
import type { ServiceKey } from "./registry.js";
import { assertName, type Listener } from "./topics.js";

/** Names and service keys of the whole system. Every promise settles when the main thread has seen to it. */
export class NameRegistry {
  /** @internal */
  protected readonly kernel: Kernel;

  /** @internal It is `ctx.registry` and `system.registry`. */
  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /**
   * Gives an actor a name that nobody else in the system has, until it is gone or the name is taken back. A restart
   * changes nothing. Rejects with `NameTaken`, which says who has it, or `NoActor`. Again for the same actor: nothing.
   */
  async register(name: string, ref: ActorRef): Promise<void> {
    assertName("a registered actor", name);
    await this.kernel.registry.order({
      verb: "register",
      name,
      ref: ownRef(this.kernel, ref),
      path: ref.toString(),
    });
  }

  /** Takes a name back, whoever has it. */
  async unregister(name: string): Promise<void> {
    await this.kernel.registry.order({ verb: "unregister", name });
  }

  /** Who has the name; typed by a definition, `whereIs("c1", Counter)` or `whereIs<typeof Counter>("c1")`. */
  async whereIs<D extends AnyDefinition = AnyDefinition>(
    name: string,
    _definition?: D,
  ): Promise<ActorRef<ProtocolOfDefinition<D>> | undefined> {
    const [ref] = await this.kernel.registry.order({ verb: "find", name });
    return ref;
  }

  /** Makes an actor a member of a service until it is gone or leaves. Rejects with `NoActor`. */
  async join<P extends Protocol>(key: ServiceKey<P>, ref: ActorRef<NoInfer<P>>): Promise<void> {
    const own = ownRef(this.kernel, ref as ActorRef);
    await this.kernel.registry.order({ verb: "join", key: key.service, ref: own });
  }

  async leave<P extends Protocol>(key: ServiceKey<P>, ref: ActorRef<NoInfer<P>>): Promise<void> {
    const own = ownRef(this.kernel, ref as ActorRef);
    await this.kernel.registry.order({ verb: "leave", key: key.service, ref: own });
  }

  /**
   * Those who have joined, oldest first. While somebody on this thread subscribes to the key the answer comes from the
   * thread's own copy, which is as new as the list that subscribers have.
   */
  async members<P extends Protocol>(key: ServiceKey<P>): Promise<readonly ActorRef<P>[]> {
    return this.kernel.registry.members(key.service);
  }
}

export class SystemRegistry extends NameRegistry {
  /**
   * Calls `changed` with the members, soon and after each change; changes in one go are told as one. Returns the way
   * to end it.
   */
  subscribe<P extends Protocol>(
    key: ServiceKey<P>,
    changed: (members: readonly ActorRef<P>[]) => void,
    options: ListenOptions = {},
  ): () => void {
    return listening("registry.subscribe", options, () => {
      const listener: Listener = (members: readonly ActorRef<P>[]) => changed(members);
      this.kernel.registry.subscribe(key.service, listener, "");
      return () => this.kernel.registry.unsubscribe(key.service, listener);
    });
  }
}

export class ActorRegistry<Own extends string = string> extends NameRegistry {
  readonly #cell: Cell;

  /** @internal */
  constructor(cell: Cell) {
    super(cell.kernel);
    this.#cell = cell;
  }

  override register(name: string, ref: ActorRef = this.#cell.ref): Promise<void> {
    return super.register(name, ref);
  }

  override join<P extends Protocol>(
    key: ServiceKey<P>,
    ref: ActorRef<NoInfer<P>> = this.#cell.ref,
  ): Promise<void> {
    return super.join(key, ref);
  }

  override leave<P extends Protocol>(
    key: ServiceKey<P>,
    ref: ActorRef<NoInfer<P>> = this.#cell.ref,
  ): Promise<void> {
    return super.leave(key, ref);
  }

  /**
   * Sends this actor `method` with the members, soon and after each change; at most one list waits in its mailbox, so
   * changes that come meanwhile are told as one. Ends with the actor and survives a restart, as a watch does;
   * subscribing again sends the members again. In `hooks.started` it is made again wherever the actor is reborn.
   */
  subscribe(key: ServiceKey, method: Own): void {
    this.kernel.registry.subscribe(key.service, this.#cell, method);
  }

  unsubscribe(key: ServiceKey): void {
    this.kernel.registry.unsubscribe(key.service, this.#cell);
  }
}

// The members of a router or a pool, and which of them is next. A choice reads mailbox depths and asks nobody.

import { depthOf, GONE, NO_ROOM } from "../actor/glance.js";
import { ownRef } from "../actor/other-system.js";
import type { ActorRef } from "../actor/ref.js";
import type { Random } from "../base/random.js";
import { HashRing } from "./hash-ring.js";
import type { RoutingOptions } from "./strategy.js";

type KeyOf = (method: string, payload: unknown) => string;

export class Members {
  /** In the order they came. */
  readonly refs: ActorRef[] = [];
  readonly #strategy: string;
  readonly #keyOf: KeyOf | undefined;
  readonly #ring: HashRing<ActorRef> | undefined;
  #next = 0;

  constructor(options: RoutingOptions) {
    this.#strategy = options.strategy ?? "round-robin";
    if (options.strategy !== "consistent-hash") return;
    this.#keyOf = options.key as KeyOf;
    this.#ring = new HashRing();
  }

  /** `id` decides which keys are its own. False when it is a member already. */
  add(ref: ActorRef, id: string = ref.id): boolean {
    const [first] = this.refs;
    if (first !== undefined) ownRef(first.kernel, ref);
    if (this.refs.some((one) => one.equals(ref))) return false;
    this.refs.push(ref);
    this.#ring?.add(id, ref);
    return true;
  }

  remove(ref: ActorRef): boolean {
    const at = this.refs.findIndex((one) => one.equals(ref));
    if (at < 0) return false;
    const [removed] = this.refs.splice(at, 1);
    if (removed !== undefined) this.#ring?.remove(removed);
    return true;
  }

  /** Who gets this message: one that has room, if there is one. Those that are gone are members no longer. */
  pick(method: string, payload: unknown): ActorRef | undefined {
    const { refs } = this;
    const [first] = refs;
    if (first === undefined) return undefined;
    if (this.#ring !== undefined) return this.#pickByKey(this.#ring, method, payload);
    if (this.#strategy === "round-robin") return this.#withRoom(this.#next % refs.length);
    const { random } = first.kernel.ports;
    const at = random.below(refs.length);
    return this.#withRoom(this.#strategy === "smallest-mailbox" ? this.#shorter(at, random) : at);
  }

  /** Those that are gone are members no longer. */
  prune(): void {
    for (const ref of [...this.refs]) if (depthOf(ref) === GONE) this.remove(ref);
  }

  /** The first that has room, from a place on and round; without any, the one in that place. */
  #withRoom(from: number): ActorRef | undefined {
    const { refs } = this;
    let full: ActorRef | undefined;
    let at = from;
    for (let left = refs.length; left > 0; left--) {
      if (at >= refs.length) at = 0;
      const ref = refs[at] as ActorRef;
      const depth = depthOf(ref);
      if (depth === GONE) {
        this.remove(ref);
        continue;
      }
      if (depth !== NO_ROOM) {
        this.#next = at + 1;
        return ref;
      }
      full ??= ref;
      at++;
    }
    return full;
  }

  /** Two choices. Source: Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing" (2001). */
  #shorter(one: number, random: Random): number {
    const { refs } = this;
    if (refs.length === 1) return one;
    const other = (one + 1 + random.below(refs.length - 1)) % refs.length;
    const [here, there] = [depthOf(refs[one] as ActorRef), depthOf(refs[other] as ActorRef)];
    return there !== GONE && there < here ? other : one;
  }

  #pickByKey(ring: HashRing<ActorRef>, method: string, payload: unknown): ActorRef | undefined {
    const key = String(this.#keyOf?.(method, payload));
    for (;;) {
      const ref = ring.find(key);
      if (ref === undefined || depthOf(ref) !== GONE) return ref;
      this.remove(ref);
    }
  }
}

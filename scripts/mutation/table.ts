// The runtime broken on purpose, one line at a time. Each of these must be noticed by the simulation: what is not
// noticed here would not be noticed if it happened by mistake.

export interface Mutation {
  /** What is broken, in words. */
  readonly name: string;
  /** The built file, below `dist/src/`. */
  readonly file: string;
  /** Must be there exactly once; white space counts as one space. */
  readonly find: string;
  readonly replace: string;
}

export const MUTATIONS: readonly Mutation[] = [
  {
    name: "a Terminated is dropped",
    file: "actor/watches.js",
    find: "for (const watcher of family.watchers) this.#notify(watcher, cell.ref, reason);",
    replace: "",
  },
  {
    name: "a Terminated comes twice",
    file: "actor/watches.js",
    find: "for (const watcher of family.watchers) this.#notify(watcher, cell.ref, reason);",
    replace:
      "for (const watcher of family.watchers) for (const _ of [1, 2]) this.#notify(watcher, cell.ref, reason);",
  },
  {
    name: "a Terminated comes after the unwatch",
    file: "actor/turn.js",
    find: "if (method === TERMINATED && !cell.kernel.watches.takeBack(ref, cell)) return;",
    replace: "",
  },
  {
    name: "watches of a lost thread are forgotten",
    file: "actor/kernel.js",
    find: "this.watches.rearm(thread);",
    replace: "",
  },
  {
    name: "messages swap places",
    file: "actor/kernel.js",
    find: "cell.push(this.places, method, payload, sender, ask);",
    replace:
      "if (this.counters.messages % 7 === 3 && cell.size > 0) " +
      "cell.pushFront(this.places, method, payload, sender, ask); " +
      "else cell.push(this.places, method, payload, sender, ask);",
  },
  {
    name: "a message reaches whoever took the place of its receiver",
    file: "actor/kernel.js",
    find: "if (cell !== undefined && cell.generation === generation && cell.status < STOPPING) {",
    replace: "if (cell !== undefined && cell.status < STOPPING) {",
  },
  {
    name: "mail for the unborn is lost",
    file: "actor/unborn.js",
    find: "this.#at(slot, generation).letters.push({ method, payload, sender, ask });",
    replace: "this.#at(slot, generation);",
  },
  {
    name: "a message is handled and a dead letter",
    file: "actor/shaped-mailbox.js",
    find: "displaced = this.#drop();",
    replace: "displaced = { ...this.#levels[0].queue[this.#levels[0].head] };",
  },
  {
    name: "what was set aside is lost with its incarnation",
    file: "actor/lifecycle.js",
    find: "cell.incarnation++; unstashAll(cell);",
    replace: "cell.incarnation++; if (cell.family) cell.family.stash.length = 0;",
  },
  {
    name: "an actor handles two messages at a time",
    file: "actor/turn.js",
    find: "cell.status = WAITING; cell.turn = { method: message.method, sinceMs: kernel.sliceMs };",
    replace: "cell.turn = { method: message.method, sinceMs: kernel.sliceMs };",
  },
  {
    name: "a reply that finds no room is lost",
    file: "runtime/router.js",
    find: "if (link.repliesWaiting.length > 0 || !this.#writeReply(link, reply)) link.repliesWaiting.push(reply);",
    replace: "this.#writeReply(link, reply);",
  },
  {
    name: "asks in the mail of an actor that stops are forgotten",
    file: "actor/lifecycle.js",
    find:
      "if (ask !== undefined) kernel.asks.fail(ask, " +
      'new ActorStopped(`${cell.path} stopped before it got to "${writtenName(method)}"`));',
    replace: "",
  },
  {
    name: "asks to a lost thread are forgotten",
    file: "actor/kernel.js",
    find: "this.asks.failThread(thread, error);",
    replace: "",
  },
  {
    name: "an ask stays in its table",
    file: "actor/asks.js",
    find: "if (ask.id !== 0) this.#open.remove(ask);",
    replace: "",
  },
  {
    name: "timers outlive their incarnation",
    file: "actor/lifecycle.js",
    find: "family.timers?.cancelAll();",
    replace: "",
  },
  {
    name: "limits of stops stay armed",
    file: "actor/family.js",
    find: "this.pending.get(child)?.cancel();",
    replace: "",
  },
  {
    name: "a slot does not come back",
    file: "actor/control-inbox.js",
    find: "kernel.nursery.slotsOn(threadOf(message.child[0])).give(slotOf(message.child[0]), message.child[1]);",
    replace: "",
  },
  {
    name: "ring space does not come back",
    file: "ring/reader.js",
    find: "if (head !== released) Atomics.store(this.#header, HEAD_INDEX, head);",
    replace: "",
  },
  {
    name: "a supervisor restarts without end",
    file: "actor/restart-budget.js",
    find: "if (restartsAtMs.length >= intensity.restarts) return false;",
    replace: "",
  },
  {
    name: "children of a parent that was cut off live on",
    file: "actor/lifecycle.js",
    find: "kernel.leaveChildren(cell);",
    replace: "",
  },
  {
    name: "children of a lost parent live on",
    file: "actor/nursery.js",
    find: 'this.#stopOrphans(thread, { code: "parent-stopped", error });',
    replace: "",
  },
  {
    name: "actors lost with both threads are waited for",
    file: "actor/nursery.js",
    find: "if (awaited.has(address)) continue;",
    replace: "continue;",
  },
  {
    name: "elements that came after others were taken are lost",
    file: "base/inflow.js",
    find: "this.#buffer.push(element);",
    replace: "void element;",
  },
  {
    name: "a stream keeps its place after its end",
    file: "actor/outflow.js",
    find: "remove(outflow) { this.#open.delete(outflow);",
    replace: "remove(outflow) {",
  },
  {
    name: "credit from another thread is not heard",
    file: "actor/outflow.js",
    find: "this.#byAsk.get(keyOf(thread, ask))?.grant(count);",
    replace: "",
  },
  {
    name: "names of actors that are gone stay taken",
    file: "actor/registrar.js",
    find: "this.#names.delete(name);",
    replace: "",
  },
  {
    name: "a publisher's own thread hears news twice",
    file: "actor/topics.js",
    find: "audience.deliver(this.#kernel, payload, sender?.ref); return",
    replace: "for (let i = 0; i < 2; i++) audience.deliver(this.#kernel, payload, sender?.ref); return",
  },
  {
    name: "a message that was sent on stays with who sent it on",
    file: "actor/forward.js",
    find: "context.open = undefined; return result;",
    replace: "return result;",
  },
];

// Sending a message on as it came: with its sender and with its ask, whoever asked and wherever the target is.
//
//   asker here,      target here        the ask moves to the target's mailbox
//   asker here,      target elsewhere   the ask gets a number and leaves as if it had been asked there at once
//   asker elsewhere, target here        the ask moves; a cancellation still finds it with the actor that sent it on
//   asker elsewhere, target elsewhere   an ask of this thread goes on in its stead; the answer comes back through here
//
// Why a relay in the last case: deadlines, cancellations and the loss of the target's thread are known to the thread an
// ask left from. The asker knows this thread only, and this thread knows the target.

import { CodedError } from "../base/errors.js";
import { foreignSender } from "../wire/envelope.js";
import { noteAside, setAside } from "./aside.js";
import { Ask } from "./ask.js";
import { inTheNameOf } from "./ask-chain.js";
import { type Cell, STOPPING } from "./cell.js";
import type { Context } from "./context.js";
import { Cancelled } from "./errors.js";
import { depthOf, GONE } from "./glance.js";
import type { Kernel } from "./kernel.js";
import type { Letter } from "./mailbox.js";
import type { Sender } from "./ports.js";
import type { ActorRef, TellResult } from "./ref.js";
import { isStream, writtenName } from "./stream-name.js";
import { passOn } from "./stream-relay.js";

/** Sends on the message that the handler was called with. */
export function forwardCurrent(cell: Cell, context: Context, to: ActorRef): TellResult {
  const { kernel } = cell;
  const current = kernel.letter;
  if (kernel.current !== cell || current === undefined) {
    throw new CodedError("FORWARD", `${cell.path}: forward() belongs before the first await of the handler`);
  }
  if (setAside(cell)?.letter !== undefined)
    throw new CodedError("FORWARD", `${cell.path}: forward() of a message that stash() has set aside`);
  if (isStream(current.method))
    throw new CodedError(
      "FORWARD",
      `${cell.path}: "${writtenName(current.method)}" is a stream and cannot be sent on: \`yield* ctx.stream(…)\``,
    );
  return sendCurrentOn(cell, context, to);
}

/** The same for whoever knows what it does: also the opening of a stream, of which it reads nothing itself. */
export function sendCurrentOn(cell: Cell, context: Context, to: ActorRef): TellResult {
  const { method, payload } = cell.kernel.letter as Letter;
  const result = sendOn(cell, to, { method, payload, sender: context.sender, ask: context.open });
  if (result !== "sent") return result;
  noteAside(cell, { sentOn: true });
  // The ask is open still, but this turn does not answer it.
  context.open = undefined;
  return result;
}

/** Sends a letter that came to `from` on to somebody else. Unless the answer is `sent`, nothing has happened. */
export function sendOn(from: Cell, to: ActorRef, letter: Letter): TellResult {
  const { kernel } = from;
  const { method, payload, sender, ask } = letter;
  const { cell } = to;
  if (cell === undefined) return sendElsewhere(from, to, letter);
  if (cell.status >= STOPPING) return "dead";
  if (cell.full && !cell.drops) return kernel.full();
  if (ask !== undefined) remember(from, ask);
  kernel.push(cell, method, payload, sender, ask);
  return "sent";
}

/**
 * An ask in the stead of one that came to `from`, or of a message nobody waits for: its end is passed on, and `ended`
 * hears of it first, with the error if it ended badly.
 */
export function relayOf(
  from: Cell,
  ask: Ask | undefined,
  to: ActorRef,
  method: string,
  ended?: (error?: Error) => void,
): Ask {
  const { kernel } = from;
  const relay = new Ask(kernel.thread, ask?.deadlineMs ?? 0, undefined);
  if (ask !== undefined) inTheNameOf(ask).asks(relay);
  relay.to = to;
  relay.method = method;
  relay.limitMs = relay.deadlineMs === 0 ? 0 : Math.ceil(relay.deadlineMs - kernel.ports.clock.nowMs());
  relay.resolve = (value) => {
    ended?.();
    if (ask !== undefined) kernel.asks.settle(ask, value);
  };
  relay.reject = (error) => {
    ended?.(error);
    if (ask !== undefined) kernel.asks.fail(ask, error);
  };
  return relay;
}

/** The relay is on its way: from now on it ends when the ask does. */
export function bindRelay(from: Cell, ask: Ask, relay: Ask): void {
  const { asks } = from.kernel;
  remember(from, ask);
  const giveUp = () => asks.giveUp(relay, new Cancelled());
  ask.onCancel = giveUp;
  if (isStream(relay.method)) bindStream(from.kernel, ask, relay, giveUp);
  // An asker on a thread that is lost cancels nothing.
  if (ask.resolve === undefined) asks.limit(relay);
}

function bindStream(kernel: Kernel, ask: Ask, relay: Ask, giveUp: () => void): void {
  const ended = passOn(kernel, ask, relay, giveUp);
  const { resolve, reject } = relay;
  relay.resolve = (value) => {
    ended();
    resolve?.(value);
  };
  relay.reject = (error) => {
    ended();
    reject?.(error);
  };
}

/** Takes the ask of the current message away from its turn; whoever took it answers it by `kernel.asks`. */
export function takeAsk(cell: Cell, context: Context): Ask | undefined {
  const ask = context.open;
  context.open = undefined;
  if (ask !== undefined) remember(cell, ask);
  return ask;
}

/** Somebody anywhere, as the sender of a message that this thread sends on. */
export function asSender(ref: ActorRef): Sender {
  const { address, generation } = ref;
  return { slot: foreignSender(address), generation, ref, path: ref.toString() };
}

function sendElsewhere(from: Cell, to: ActorRef, { method, payload, sender, ask }: Letter): TellResult {
  const { kernel } = from;
  const { asks } = kernel;
  if (depthOf(to) === GONE) return "dead";
  const foreign = ask !== undefined && ask.resolve === undefined;
  const onward = foreign ? relayOf(from, ask, to, method) : ask;
  const isNew = onward?.id === 0;
  if (onward !== undefined && !asks.enter(onward, to)) return "full";
  let result: TellResult = "full";
  try {
    const as = sender === undefined ? undefined : asSender(sender);
    result = kernel.transport.tell(to, method, payload, as, onward);
  } finally {
    if (result !== "sent" && isNew && onward !== undefined) asks.leave(onward);
  }
  if (result === "sent" && foreign && onward !== undefined) bindRelay(from, ask, onward);
  return result;
}

/** A cancellation of an ask from another thread comes to the actor it was sent to. */
function remember(from: Cell, ask: Ask): void {
  if (ask.resolve !== undefined || ask.release !== undefined) return;
  const { givenAway } = from.kernel.familyOf(from);
  givenAway.add(ask);
  ask.release = () => void givenAway.delete(ask);
}

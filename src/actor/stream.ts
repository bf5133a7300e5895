// A stream of elements from a method that is a generator: `ref.stream`, `ctx.stream`.
//
// The way of an element, each file visited once: actor/outflow (the generator, as far as the credit goes) >
//   runtime/router ‖ runtime/inbound > base/inflow (here: what has come and was not taken yet). Credit comes back by a
//   control message. The stream itself is an ask (actor/asks), so all that ends an ask ends it.

import { CodedError } from "../base/errors.js";
import { Inflow } from "../base/inflow.js";
import { wrongOptions } from "../base/options.js";
import { limitOf, wrongTimeout } from "../base/time-limit.js";
import { threadOf } from "./address.js";
import { ASK_TIMEOUT_MS } from "./ask.js";
import type { Cell } from "./cell.js";
import type { Context } from "./context.js";
import { AskTimeout, assertMethod, Cancelled, StaleIncarnation } from "./errors.js";
import type { Kernel } from "./kernel.js";
import type { Flow } from "./outflow.js";
import type { ActorRef, AskOptions } from "./ref.js";
import { streamName } from "./stream-name.js";

/** Elements under way unless `window` says otherwise. */
export const STREAM_WINDOW = 64;
export const STREAM_WINDOW_MAX = 65_536;

const STREAM_OPTIONS: readonly string[] = ["timeoutMs", "signal", "window"];

export interface StreamOptions extends AskOptions {
  /** How long the reader waits for each next element. Default 5,000 milliseconds; 0 means for ever. */
  readonly timeoutMs?: number;
  /** Cancels the stream; the handler sees it as `ctx.signal`. */
  readonly signal?: AbortSignal;
  /** How many elements the actor may be ahead of the reader. Default 64. */
  readonly window?: number;
}

/** Elements of a stream method, in order. Nothing is sent before the first `next()`; leave by `break` or `return()`. */
export interface ActorStream<E> extends AsyncIterableIterator<E, undefined>, AsyncDisposable {
  return(): Promise<IteratorResult<E, undefined>>;
  throw(error: unknown): Promise<IteratorResult<E, undefined>>;
  [Symbol.asyncIterator](): this;
}

/** Opens nothing yet: the first `next()` does. Throws when the options make no sense. */
export function openStream(
  kernel: Kernel,
  to: ActorRef,
  method: string,
  payload: unknown,
  options: StreamOptions = {},
  sender: Cell | undefined = undefined,
  context: Context | undefined = sender && (kernel.fork ?? sender.context),
): Inflow<unknown> {
  assertMethod(method);
  const wrong = wrongOptions("stream", options, STREAM_OPTIONS);
  if (wrong !== undefined) throw wrong;
  const { window = STREAM_WINDOW, signal } = options;
  const timeoutMs = limitOf(options.timeoutMs, ASK_TIMEOUT_MS);
  if (timeoutMs === undefined) throw wrongTimeout(options.timeoutMs);
  if (!Number.isInteger(window) || window < 1 || window > STREAM_WINDOW_MAX) {
    throw new CodedError(
      "OPTIONS",
      `window: ${String(window)}; give a whole number of elements from 1 to ${STREAM_WINDOW_MAX}`,
    );
  }
  const incarnation = sender?.incarnation ?? 0;
  const leaving = new AbortController();
  const flow: Flow = {
    ask: undefined,
    begun: false,
    granted: undefined,
    take: (batch) => {
      flow.begun = true;
      inflow.take(batch);
    },
  };
  const inflow: Inflow<unknown> = new Inflow<unknown>(
    {
      open: () => {
        if (sender !== undefined) {
          if (sender.incarnation !== incarnation) return inflow.end(new StaleIncarnation());
          const family = kernel.familyOf(sender);
          family.inflows ??= new Set();
          family.inflows.add(inflow);
        }
        const asked = { timeoutMs: 0, signal: leaving.signal };
        kernel.asks.ask(to, streamName(method), [window, payload], asked, sender, context, flow).then(
          () => inflow.end(),
          (error: Error) => inflow.end(error),
        );
      },
      grant: (count) => grant(kernel, flow, count),
      cancel: () => leaving.abort(),
      closed: () => sender?.family?.inflows?.delete(inflow),
      timedOut: () =>
        new AskTimeout(
          `no element from ${to} by "${method}" within ${timeoutMs} ms: raise \`timeoutMs\`, or look why it is slow`,
        ),
      aborted: (given) => new Cancelled("the reader cancelled", { cause: given.reason }),
    },
    { window, timeoutMs, signal, clock: kernel.ports.clock, timers: kernel.ports.timers },
  );
  return inflow;
}

/** More credit for the writer, wherever it is. */
export function grant(kernel: Kernel, flow: Flow, count: number): void {
  const { ask } = flow;
  if (ask === undefined || ask.settled) return;
  if (flow.granted !== undefined) flow.granted(count);
  else if (ask.id !== 0)
    kernel.transport.control(threadOf(ask.address), { kind: "credit", ask: ask.id, count });
}

// A stream that is sent on, where its reader does not know the thread of its writer: elements pass through here one
// way, credit the other. What ends either half ends the whole: actor/forward binds the two asks together.

import type { Ask } from "./ask.js";
import type { Kernel } from "./kernel.js";
import type { Flow, Writer } from "./outflow.js";
import { grant } from "./stream.js";

/** The elements that `relay` brings go to the reader of `ask`. Returns what to call when the relay has ended. */
export function passOn(kernel: Kernel, ask: Ask, relay: Ask, giveUp: () => void): () => void {
  const writer: Writer & { dead: boolean } = {
    ask,
    dead: false,
    grant: (count) => grant(kernel, flow, count),
    broken(error) {
      if (writer.dead) return;
      writer.dead = true;
      kernel.asks.fail(ask, error);
      giveUp();
    },
  };
  const flow: Flow = {
    ask: relay,
    begun: false,
    granted: undefined,
    take(batch) {
      flow.begun = true;
      if (ask.settled) return;
      if (ask.flow !== undefined) ask.flow.take(batch);
      else kernel.transport.elements(ask, batch, writer);
    },
  };
  relay.flow = flow;
  kernel.outflows.add(writer);
  return () => kernel.outflows.remove(writer);
}

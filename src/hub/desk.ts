// The desk: the one actor of the hub that agents may talk to. It lives on the main thread and only passes on.

import { defineActor } from "../actor/definition.js";
import type { ProgressMessage } from "./desk-protocol.js";

export interface DeskArgs {
  /** By reference: the desk and the hub live on one thread. */
  readonly progress: (message: ProgressMessage) => void;
}

export const Desk = defineActor({
  name: "hub-desk",
  state: (args: DeskArgs) => args,
  on: {
    progress(ctx, message: ProgressMessage): void {
      ctx.state.progress(message);
    },
  },
  // Progress may be lost when the hub lags; what it says is superseded anyway.
  mailbox: { capacity: 65_536 },
});

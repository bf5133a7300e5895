// XState: actors with transition logic, as its documentation writes them.

import { createActor, fromTransition } from "xstate";
import type { Message, PlainActors, PlainRef } from "./plain-actors.js";

/** XState tells an actor of its own end. */
const STOP = "xstate.stop";

export function xstateActors(): PlainActors {
  return {
    spawn<M extends Message>(handle: (message: M, self: PlainRef<M>) => void): PlainRef<M> {
      const logic = fromTransition((state: number, message: M) => {
        if (message.type !== STOP) handle(message, ref);
        return state;
      }, 0);
      const actor = createActor(logic).start();
      const ref: PlainRef<M> = { send: (message) => actor.send(message), stop: () => void actor.stop() };
      return ref;
    },
    close: () => undefined,
  };
}

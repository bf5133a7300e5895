// nact: actors on one thread of Node, as its documentation writes them.

import { dispatch, spawn, start, stop } from "nact";
import type { Message, PlainActors, PlainRef } from "./plain-actors.js";

export function nactActors(): PlainActors {
  const system = start();
  return {
    spawn<M extends Message>(handle: (message: M, self: PlainRef<M>) => void): PlainRef<M> {
      const ref: PlainRef<M> = {
        send: (message) => dispatch(actor, message),
        stop: () => stop(actor),
      };
      const actor = spawn(system, (state: number = 0, message: M) => {
        handle(message, ref);
        return state;
      });
      return ref;
    },
    close: () => stop(system),
  };
}

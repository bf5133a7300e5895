// nact: actors on one thread of Node, as its documentation writes them.

import { dispatch, spawn, start, stop } from "nact";
import type { Message, PlainActors, PlainRef } from "./plain-actors.js";

export function nactActors(): PlainActors {
  const system = start();
  let count = 0;
  return {
    spawn<M extends Message>(handle: (message: M, self: PlainRef<M>) => void): PlainRef<M> {
      const ref: PlainRef<M> = {
        send: (message) => dispatch(actor, message),
        stop: () => stop(actor),
      };
      const act = (state: number = 0, message: M) => {
        handle(message, ref);
        return state;
      };
      // Why a name: those it makes up itself are random, and of 40,000 two are now and then the same.
      const actor = spawn(system, act, `actor-${count++}`);
      return ref;
    },
    close: () => stop(system),
  };
}

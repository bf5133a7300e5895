// Our side's actors: a sink that counts one-way messages, an echo that answers.

import { defineActor } from "../../src/index.js";
import {
  type Fields,
  fieldsMessage,
  type Receipt,
  type Typed,
  weighBinary,
  weighFields,
  weighTyped,
} from "./shapes.js";

export const Sink = defineActor({
  module: import.meta.url,
  name: "Sink",
  state: () => ({ count: 0, sum: 0 }),
  on: {
    empty(ctx) {
      ctx.state.count += 1;
      ctx.state.sum += 1;
    },
    typed(ctx, message: Typed) {
      ctx.state.count += 1;
      ctx.state.sum += weighTyped(message);
    },
    fields(ctx, message: Fields) {
      ctx.state.count += 1;
      ctx.state.sum += weighFields(message);
    },
    binary(ctx, bytes: Uint8Array) {
      ctx.state.count += 1;
      ctx.state.sum += weighBinary(bytes);
    },
    /** The receipt of everything since the last one. */
    take(ctx): Receipt {
      const { count, sum } = ctx.state;
      ctx.state.count = 0;
      ctx.state.sum = 0;
      return { count, sum };
    },
  },
});

export const Source = defineActor({
  module: import.meta.url,
  name: "Source",
  state: () => undefined,
  on: {
    *fields(_ctx, count: number) {
      for (let i = 0; i < count; i++) yield fieldsMessage(i);
    },
  },
});

export const Echo = defineActor({
  module: import.meta.url,
  name: "Echo",
  state: () => ({ spinning: false }),
  on: {
    echo(_ctx, value: number): number {
      return value;
    },
    /** Keeps this thread's event loop awake, so that it polls for messages instead of sleeping. */
    spin(ctx, wanted: boolean): void {
      const { state } = ctx;
      const start = wanted && !state.spinning;
      state.spinning = wanted;
      const turn = (): void => {
        if (state.spinning) setImmediate(turn);
      };
      if (start) turn();
    },
  },
});

// An actor that clients outside may talk to, on any thread.

import { CodedError, defineActor } from "../../src/index.js";

export const Counter = defineActor({
  module: import.meta.url,
  name: "Counter",
  state: (args: { start?: number }) => ({ count: args.start ?? 0 }),
  on: {
    add(ctx, by: number) {
      ctx.state.count += by;
    },
    get(ctx) {
      return ctx.state.count;
    },
    greet(_ctx, who: { name: string; photo?: Uint8Array }) {
      return { text: `hello ${who.name}`, bytes: who.photo?.length ?? 0, when: new Date(0) };
    },
    echo(_ctx, value: unknown) {
      return value;
    },
    refuse() {
      throw new CodedError("TOO_LATE", "the shop is closed", { data: { until: "Monday" } });
    },
    async wait(ctx, ms: number) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        ctx.signal.addEventListener("abort", () => {
          clearTimeout(timer);
          resolve();
        });
      });
      return "waited";
    },
    async *slowly(_ctx, ms: number) {
      await new Promise((resolve) => setTimeout(resolve, ms));
      yield ms;
    },
    leak() {
      return { error: new Error("with a stack") };
    },
    quit(ctx) {
      ctx.stop();
    },
    secret() {
      return "for inside only";
    },
  },
  concurrent: ["wait"],
  remote: ["add", "get", "greet", "echo", "refuse", "wait", "slowly", "leak", "quit"],
});

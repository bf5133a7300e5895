// Agents for the tests of the hub: each does one thing that a test needs, on a real thread.

import { z } from "zod";
import { AgentError, blobInput, defineAgent } from "../../src/agent.js";

function until(signal: AbortSignal, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** How often each task was tried in this thread. */
const tries = new Map<string, number>();

function countTry(id: string): number {
  const count = (tries.get(id) ?? 0) + 1;
  tries.set(id, count);
  return count;
}

export const worker = defineAgent({
  module: import.meta.url,
  name: "worker",
  version: "1.2.3",
  description: "Does what the tests ask",
  capabilities: [{ name: "work", proficiency: 0.8 }],
  maxConcurrent: 4,
  actions: {
    add: {
      input: z.object({ a: z.number(), b: z.number() }),
      output: z.object({ sum: z.number() }),
      run: (_ctx, { a, b }) => ({ sum: a + b }),
    },
    echo: {
      types: ["echo", "repeat"],
      input: z.looseObject({}),
      run: async (ctx, input) => ({ input, task: ctx.task, attemptId: ctx.attemptId }),
    },
    nap: {
      input: z.object({ ms: z.number() }),
      run: async (ctx, { ms }) => {
        ctx.progress(0.5, "half asleep");
        await until(ctx.signal, ms);
        return "rested";
      },
    },
    deaf: {
      input: z.object({ ms: z.number() }),
      run: (_ctx, { ms }) => new Promise((resolve) => setTimeout(resolve, ms)),
    },
    refuse: {
      input: z.object({ retryable: z.boolean() }),
      run: (_ctx, { retryable }) => {
        throw new AgentError("REFUSED", "will not", { retryable, severity: "high", data: { why: "a test" } });
      },
    },
    maybe: {
      input: z.object({ fails: z.boolean() }),
      run: (_ctx, { fails }) => {
        if (fails) throw new AgentError("FAILED", "as asked", { retryable: false });
      },
    },
    refuseOddly: {
      input: z.object({ kind: z.enum(["function", "bigint", "ring", "map", "text", "large"]) }),
      run: (_ctx, { kind }) => {
        const ring: Record<string, unknown> = {};
        ring["again"] = ring;
        const all = {
          function: { done: () => 1 },
          bigint: { count: 5n },
          ring,
          map: { one: new Map() },
          text: "no object",
          large: { text: "x".repeat(64 * 1024) },
        };
        throw new AgentError("REFUSED", "will not", { data: all[kind] as Record<string, unknown> });
      },
    },
    flaky: {
      input: z.object({ failures: z.number() }),
      run: (ctx, { failures }) => {
        if (countTry(ctx.task.id) <= failures)
          throw new AgentError("FLAKY", "not this time", { retryable: true });
        return { attempt: ctx.task.attempt };
      },
    },
    crash: {
      input: z.object({ failures: z.number(), sync: z.boolean().default(true) }),
      run: (ctx, { failures, sync }) => {
        const fault = ctx.task.attempt <= failures ? new TypeError("the agent has a bug") : undefined;
        if (fault !== undefined && sync) throw fault;
        return fault === undefined ? { attempt: ctx.task.attempt } : Promise.reject(fault);
      },
    },
    wrong: { input: z.object({}), output: z.object({ sum: z.number() }), run: () => ({ total: 1 }) },
    large: {
      input: z.object({ bytes: z.number(), count: z.number().default(0) }),
      run: (_ctx, { bytes, count }) => ({
        text: "x".repeat(bytes),
        ...(count === 0 ? {} : { count: BigInt(count) }),
      }),
    },
    measure: {
      accepts: ["text/x-measured"],
      input: z.object({ blob: blobInput }),
      run: async (ctx, { blob }) => {
        let bytes = 0;
        for await (const chunk of ctx.open(blob)) bytes += chunk.length;
        return { bytes };
      },
    },
  },
});

export const helper = defineAgent({
  module: import.meta.url,
  name: "helper",
  capabilities: [
    { name: "help", proficiency: 0.6 },
    { name: "work", proficiency: 0.3 },
  ],
  instances: { min: 0, max: 4 },
  actions: {
    help: {
      default: true,
      input: z.object({ description: z.string(), parameters: z.looseObject({}) }),
      run: (ctx, { description, parameters }) => ({ description, parameters, type: ctx.task.type }),
    },
    hold: {
      input: z.object({ ms: z.number() }),
      run: async (ctx, { ms }) => {
        await until(ctx.signal, ms);
        return "held";
      },
    },
  },
});

// What becomes of a supervisor whose `decide` answers what is no verdict. One isolate on virtual time.

import { describe, expect, it } from "vitest";
import { type ActorRef, type Directive, defineActor } from "../../src/index.js";
import { createTestSystem } from "../../src/testkit.js";

const Child = defineActor({
  module: "simulated",
  name: "Child",
  state: () => undefined,
  on: {
    fail(): never {
      throw new Error("the child's own");
    },
  },
});

function parentThatAnswers(answer: unknown) {
  return defineActor({
    module: "simulated",
    name: "Parent",
    state: () => undefined,
    supervision: { decide: () => answer as Directive },
    on: {
      bear: (ctx, on: number): ActorRef => ctx.spawn(Child, { on, name: "child" }),
      ping: () => "pong",
    },
  });
}

describe("a verdict that is none", () => {
  it.each([
    ["a word", "explode", '"explode"'],
    ["a number", 5n, "5"],
    ["a promise", Promise.resolve("resume"), "a promise"],
    ["an object", { action: "resume" }, "an object with action"],
    ["a function", () => "resume", "the function without a name"],
  ])("is told of as the supervisor's fault, and its child stops: %s", async (_what, answer, shown) => {
    const Parent = parentThatAnswers(answer);
    const system = createTestSystem({ threads: 1, definitions: [Child, Parent] });
    for (const on of [0, 1]) {
      const parent = system.spawn(Parent, { on: 0, name: `parent ${on}` });
      const child = await parent.ask("bear", on);
      await expect(child.ask("fail")).rejects.toThrow("the child's own");
      expect(await parent.ask("ping")).toBe("pong");
      expect(child.tell("fail")).toBe("dead");
      const message =
        `decide answered ${shown} to "the child's own": answer one of restart, resume, stop, escalate. ` +
        "The child is stopped, and its supervisor has failed";
      const error = expect.objectContaining({ code: "DIRECTIVE", message });
      const path = `/user/parent ${on}`;
      expect(system.happened).toContainEqual({ type: "actor-fault", path, error, thread: 0 });
    }
  });

  it("is nothing: the child restarts, as without a word about it", async () => {
    const Parent = parentThatAnswers(undefined);
    const system = createTestSystem({ threads: 0, definitions: [Child, Parent] });
    const parent = system.spawn(Parent, { on: "this", name: "parent" });
    const child = await parent.ask("bear", 0);
    await expect(child.ask("fail")).rejects.toThrow("the child's own");
    expect(system.happened).toMatchObject([
      { type: "actor-fault", path: "/user/parent/child" },
      { type: "actor-restart", path: "/user/parent/child" },
    ]);
  });
});

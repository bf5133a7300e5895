import { expect, test } from "vitest";
import { z } from "zod";
import { defineAgent } from "../../src/hub/agent-definition.js";

const good = {
  module: import.meta.url,
  name: "careful",
  capabilities: [{ name: "care", proficiency: 0.5 }],
  actions: { care: { input: z.object({}), run: () => null } },
};

test("a wrong definition is refused in words, with the agent and every bad field", () => {
  const capabilities = [{ name: "care", proficiency: 7 }];
  const define = () => defineAgent({ ...good, capabilities, maxConcurrent: 0, cost: -1 });
  expect(define).toThrow(TypeError);
  expect(define).toThrow('agent "careful":');
  expect(define).toThrow("at capabilities[0].proficiency");
  expect(define).toThrow("at maxConcurrent");
  expect(define).toThrow("at cost");
  expect(define).not.toThrow('"code"');
});

test("a name that a path cannot hold is refused, since nobody could ask for such an agent", () => {
  for (const name of ["a b/c", "a\\b", "..", "a\0"]) {
    expect(() => defineAgent({ ...good, name })).toThrow("cannot stand in a path; choose another name");
  }
});

test("an action with an empty name is refused with both names", () => {
  const actions = { "": good.actions.care };
  expect(() => defineAgent({ ...good, actions })).toThrow('agent "careful", action ""');
});

test("an action without an input shape is refused where it is defined", () => {
  const actions = { care: { run: () => null } } as unknown as typeof good.actions;
  expect(() => defineAgent({ ...good, actions })).toThrow('agent "careful", action "care": it has no input');
});

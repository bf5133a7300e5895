// What a caller is told of a request that does not validate.

import { describe, expect, it } from "vitest";
import { agentQueryShape, createAgentShape } from "../../src/wire/agent-shapes.js";
import { type FieldError, type RequestError, readShape } from "../../src/wire/http-shapes.js";
import { agentTaskShape, createTaskShape, taskQueryShape } from "../../src/wire/task-shapes.js";

function complaints(shape: Parameters<typeof readShape>[0], input: unknown): readonly FieldError[] {
  try {
    readShape(shape, input, "The body");
  } catch (error) {
    expect((error as RequestError).code).toBe("VALIDATION_ERROR");
    return (error as RequestError).fieldErrors;
  }
  return [];
}

function complaint(shape: Parameters<typeof readShape>[0], input: unknown): string {
  const [only, ...more] = complaints(shape, input);
  expect(more).toEqual([]);
  return `${only?.field} ${only?.message}`;
}

describe("a field that nobody knows", () => {
  it("is refused with the one that was meant", () => {
    const task = { description: "x" };
    expect(complaint(createTaskShape, { ...task, prioritty: "high" })).toBe(
      "prioritty is not a known field; did you mean priority?",
    );
    expect(complaint(createTaskShape, { ...task, dependsOn: [] })).toMatch(/did you mean depends_on\?$/);
    expect(complaint(createTaskShape, { ...task, Tags: [] })).toMatch(/did you mean tags\?$/);
    expect(complaint(createAgentShape, { name: "a", definitoin: "b" })).toMatch(/did you mean definition\?$/);
    expect(complaint(agentTaskShape, { action: "a", data: { a: 1 }, priorty: 1 })).toMatch(
      /mean priority\?$/,
    );
    expect(complaint(taskQueryShape, { satus: "queued" })).toMatch(/did you mean status\?$/);
    expect(complaint(agentQueryShape, { sortby: "name" })).toMatch(/did you mean sort_by\?$/);
  });

  it("is refused with all that there are, where none is close", () => {
    expect(complaint(createAgentShape, { name: "a", colour: "red" })).toBe(
      "colour is not a known field; known are name, type, description, definition, capabilities, max_concurrent",
    );
    expect(complaint(taskQueryShape, { x: "1" })).toMatch(/known are limit, offset, sort_order, status/);
  });

  it("is refused inside lists as well, beside everything else that is wrong", () => {
    const required = [{ name: "a" }, { name: "b", min_profficiency: 1, colour: 1 }];
    const found = complaints(createTaskShape, {
      description: "",
      required_capabilities: required,
      colour: 1,
    });
    expect(found.map((one) => one.field)).toEqual([
      "description",
      "required_capabilities.1.min_profficiency",
      "required_capabilities.1.colour",
      "colour",
    ]);
    expect(found[1]?.message).toMatch(/did you mean min_proficiency\?$/);
    expect(found[2]?.message).toMatch(/known are name, min_proficiency, weight$/);
    const capabilities = [{ name: "a", proficiency: 1, level: 2 }];
    expect(complaint(createAgentShape, { name: "a", capabilities })).toMatch(/^capabilities.0.level is not/);
  });

  it("of any length, and any number of them, are answered shortly", () => {
    const long = "priority".repeat(50_000);
    const told = complaint(createTaskShape, { description: "x", [long]: 1 });
    expect(told).toMatch(/^(priority){12}prio… is not a known field; known are/);
    const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`field${index}`, index]));
    expect(complaints(createTaskShape, { ...many, description: "x" })).toHaveLength(100);
    expect(() => readShape(createTaskShape, { ...many, description: "x" }, "The body")).toThrow(
      /field0: .*field4: .*; and 95 more$/,
    );
  });
});

describe("what is known", () => {
  it("has the other spellings of the documents, and parameters of any names", () => {
    const task = readShape(
      createTaskShape,
      {
        title: "x",
        task_type: "t",
        params: { prioritty: 1, deep: { er: [1] } },
        timeout: 5,
        agent_name: "a",
        capabilities: [{ name: "c", minimum_proficiency: 0.5 }],
        callback_url: "https://example.com/done",
      },
      "The body",
    );
    expect(task).toMatchObject({
      description: "x",
      type: "t",
      parameters: { prioritty: 1, deep: { er: [1] } },
      timeout_seconds: 5,
      agent: "a",
      required_capabilities: [{ name: "c", min_proficiency: 0.5 }],
    });
    const query = readShape(taskQueryShape, { state: "pending", task_type: "t" }, "The query");
    expect(query).toMatchObject({ status: "queued", type: "t" });
    expect(readShape(agentQueryShape, { status: "idle", agent_type: "Worker" }, "The query")).toMatchObject({
      state: "idle",
      type: "worker",
    });
  });

  it("takes an agent's capabilities as another agent shows them, without what those have earned", () => {
    const shown = {
      name: "a",
      proficiency: 0.5,
      learning_rate: 0.1,
      experience_points: 7,
      last_used: "2026",
    };
    const { capabilities } = readShape(createAgentShape, { name: "b", capabilities: [shown] }, "The body");
    expect(capabilities).toEqual([{ name: "a", proficiency: 0.5, learning_rate: 0.1 }]);
  });
});

describe("a field with few values", () => {
  it("is refused with those that there are", () => {
    const priorities = /low, medium, high, critical.*0 \(low\) to 3 \(critical\)/;
    for (const priority of ["urgent", 4, "", null, {}]) {
      expect(complaint(createTaskShape, { description: "x", priority })).toMatch(priorities);
    }
    expect(complaint(agentTaskShape, { action: "a", data: { a: 1 }, priority: "urgent" })).toMatch(
      priorities,
    );
    for (const priority of ["urgent", "4", "", "-1", "length", 4]) {
      expect(complaint(taskQueryShape, { priority })).toMatch(priorities);
    }
    for (const priority of ["high", "2", 2]) {
      expect(readShape(taskQueryShape, { priority }, "The query")).toMatchObject({ priority: "high" });
    }
    expect(complaint(taskQueryShape, { status: "lost" })).toMatch(/"queued".*"completed".*"dead"/);
    expect(complaint(taskQueryShape, { sort_order: "up" })).toMatch(/"asc"\|"desc"/);
    expect(complaint(agentQueryShape, { state: "asleep" })).toMatch(/"idle"\|"working"/);
    expect(complaint(agentQueryShape, { sort_by: "age" })).toMatch(/"created_at"\|"last_active"\|"name"/);
    expect(complaint(agentQueryShape, { type: "robot" })).toMatch(/"worker"\|"coordinator"/);
    expect(complaint(createAgentShape, { name: "a", type: "robot" })).toMatch(/"worker"\|"coordinator"/);
  });

  it("that is a time says how times are written", () => {
    for (const deadline of ["tomorrow", "2026-01-01", -1]) {
      expect(complaint(createTaskShape, { description: "x", deadline })).toMatch(/2026-01-31T12:00:00Z/);
    }
  });
});

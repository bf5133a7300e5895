// What a caller is told of a request that names nobody, or is none.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WholeHub } from "../client/client-rig.js";

let hub: WholeHub;
beforeAll(async () => {
  hub = await WholeHub.open();
});
afterAll(() => hub.close());

const add = { description: "two and two", type: "add", parameters: { a: 2, b: 2 } };

describe("requests", () => {
  it("of an agent that is not there are refused with the one that was meant", async () => {
    const { status, body } = await hub.request("POST", "/api/tasks", { ...add, agent: "wroker" });
    expect([status, body.error]).toEqual([
      404,
      {
        code: "AGENT_NOT_FOUND",
        message: 'there is no agent "wroker"; did you mean "worker"?',
        details: { agent: "wroker" },
      },
    ]);
    for (const [method, path] of [
      ["GET", "/api/agents/wroker"],
      ["DELETE", "/api/agents/wroker"],
      ["POST", "/api/v1/agents/wroker/tasks"],
    ] as const) {
      const refused = await hub.request(method, path);
      expect([refused.status, refused.body.error]).toEqual([404, body.error]);
    }
  });

  it("without fields are refused with what came instead", async () => {
    for (const [body, given] of [
      [undefined, "missing"],
      [null, "null"],
      [[], "a JSON array"],
      ["x", "a JSON string"],
    ] as const) {
      for (const path of ["/api/tasks", "/api/agents", "/api/v1/agents/worker/tasks"]) {
        const message = `is ${given}; expected a JSON object with the fields of the request`;
        expect((await hub.request("POST", path, body)).body.error).toMatchObject({
          code: "VALIDATION_ERROR",
          message: `The body ${message}.`,
          field_errors: [{ field: "", message }],
        });
      }
    }
  });

  it("without the input that an agent needs are refused with what came instead", async () => {
    const path = "/api/v1/agents/worker/tasks";
    for (const [data, given] of [
      [undefined, "is missing"],
      [{}, "is an empty object"],
      [null, "is no object"],
      ["a", "is no object"],
    ] as const) {
      const message = `${given}; expected an object with at least one field: the input of the action`;
      expect(
        (await hub.request("POST", path, { action: "add", data })).body.error.field_errors,
      ).toMatchObject([{ field: "data", message }]);
    }
  });

  it("for an agent whose name a path cannot hold are refused; any other name finds its agent", async () => {
    for (const name of ["a b/c", "a\\b", ".", "a\0"]) {
      const { status, body } = await hub.request("POST", "/api/agents", { name, definition: "helper" });
      const message = expect.stringMatching(/, and cannot stand in a path; choose another name$/);
      expect([status, body.error.field_errors]).toEqual([400, [{ field: "name", message, value: name }]]);
    }
    for (const name of ["100 % %2f?#", "...", "Zoë & Ørsted"]) {
      const started = await hub.request("POST", "/api/agents", { name, definition: "helper" });
      const found = await hub.request("GET", `/api/agents/${encodeURIComponent(name)}`);
      expect([found.status, found.body.data.id]).toEqual([200, started.body.data.agent_id]);
    }
  });

  it("that give a query parameter twice are refused, by every route that reads one", async () => {
    for (const [method, path, field] of [
      ["GET", "/api/tasks?limit=1&limit=2", "limit"],
      ["GET", "/api/agents?sort_by=name&state=idle&state=idle", "state"],
      ["GET", "/api/admin/actors?limit=1&limit=1", "limit"],
      ["GET", "/health?detailed=true&detailed=false", "detailed"],
      ["GET", "/metrics?format=json&format=prometheus", "format"],
      ["POST", "/api/actors/user/x/get?timeout_ms=1&timeout_ms=2", "timeout_ms"],
      ["DELETE", "/api/tasks/x?reason=one&reason=two", "reason"],
    ] as const) {
      const { status, body } = await hub.request(method, path);
      const message = "is given 2 times; give it once";
      expect([status, body.error.field_errors]).toMatchObject([400, [{ field, message }]]);
    }
  });

  it("with half a character or a field __proto__, which no task keeps, are refused with where it stands", async () => {
    const half = "holds half of a surrogate pair, which is no character; send whole ones";
    const proto = "is a name that objects do not keep; choose another";
    const own = (text: string) => JSON.parse(text) as unknown;
    for (const [fields, field, message] of [
      [{ description: "\ud800" }, "description", half],
      [{ tags: ["a\udc00b"] }, "tags.0", half],
      [{ parameters: { deep: [{ text: "\ud83d" }] } }, "parameters.deep.0.text", half],
      [{ parameters: { "\ud83d": 1 } }, "parameters.\ud83d", half],
      [{ parameters: own('{"__proto__": {"a": 1}}') }, "parameters.__proto__", proto],
      [{ parameters: own('{"list": [{"__proto__": 1}]}') }, "parameters.list.0.__proto__", proto],
    ] as const) {
      const { status, body } = await hub.request("POST", "/api/tasks", { ...add, ...fields });
      expect([status, body.error.field_errors]).toMatchObject([400, [{ field, message }]]);
    }
    const data = own('{"a": 1, "__proto__": 2}');
    const work = await hub.request("POST", "/api/v1/agents/worker/tasks", { action: "add", data });
    expect(work.body.error.field_errors).toMatchObject([{ field: "data.__proto__", message: proto }]);
    const name = { name: "\ud800", definition: "helper" };
    expect((await hub.request("POST", "/api/agents", name)).body.error.field_errors).toMatchObject([
      { field: "name", message: half },
    ]);
    const echo = { description: "\ud83d\udc1d", type: "echo", parameters: { "\ud83d\udc1d": "\\ud800" } };
    const { task } = (await hub.request("POST", "/api/tasks", echo)).body.data;
    expect(task).toMatchObject({ description: echo.description, parameters: echo.parameters });
  });
});

// Which keys of a create the gateway takes, and what it says of the others.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WholeHub } from "../client/client-rig.js";
import { ask } from "./rig.js";

let hub: WholeHub;
beforeAll(async () => {
  hub = await WholeHub.open();
});
afterAll(() => hub.close());

const add = { description: "two and two", type: "add", parameters: { a: 2, b: 2 } };

describe("an idempotency key", () => {
  it("other than visible ASCII is refused, in the header and in the body", async () => {
    const message = "must be 1 to 255 visible ASCII characters, without spaces";
    for (const key of ["a\u00e4b", "a b", "k".repeat(256)]) {
      const header = await hub.request("POST", "/api/tasks", add, { "idempotency-key": key });
      expect([header.status, header.body.error.field_errors[0]]).toMatchObject([
        400,
        { field: "Idempotency-Key", message },
      ]);
    }
    for (const path of ["/api/tasks", "/api/v1/agents/worker/tasks"]) {
      const work = path === "/api/tasks" ? add : { action: "add", data: { a: 2, b: 2 } };
      const { body } = await hub.request("POST", path, { ...work, idempotency_key: "\u00e41" });
      expect(body.error.field_errors).toEqual([{ field: "idempotency_key", message, value: "\u00e41" }]);
    }
  });

  it("in a header that is empty or sent twice is refused", async () => {
    const text = JSON.stringify(add);
    const head = `POST /api/tasks HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${hub.token}\r\n`;
    const body = `content-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n${text}`;
    for (const [keys, told] of [
      ["idempotency-key:\r\n", "holds no visible ASCII"],
      ["idempotency-key: \u00e4\r\n", "holds no visible ASCII"],
      ["idempotency-key: one\r\nIdempotency-Key: one\r\n", "2 Idempotency-Key headers"],
    ] as const) {
      const refused = await ask(hub.handle.port, head + keys + body);
      expect([refused.status, refused.body]).toEqual([400, expect.stringContaining(told)]);
    }
  });

  it("in the header and another in the body are refused; the same in both is taken", async () => {
    const header = { "idempotency-key": "k1" };
    for (const path of ["/api/tasks", "/api/v1/agents/worker/tasks"]) {
      const work = path === "/api/tasks" ? add : { action: "add", data: { a: 2, b: 2 } };
      const { status, body } = await hub.request("POST", path, { ...work, idempotency_key: "k2" }, header);
      expect([status, body.error.field_errors]).toMatchObject([
        400,
        [{ field: "idempotency_key", value: "k2" }],
      ]);
      expect(body.error.message).toContain('"k1"');
    }
    const same = await hub.request("POST", "/api/tasks", { ...add, idempotency_key: "k1" }, header);
    expect([same.status, same.body.data.task.idempotency_key]).toEqual([201, "k1"]);
  });
});

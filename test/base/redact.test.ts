import { expect, test } from "vitest";
import { isSecretName, MASK, redact, redactText } from "../../src/base/redact.js";

test.each([
  "token",
  "access_token",
  "apiKey",
  "api_key",
  "clientSecret",
  "password",
  "Authorization",
  "set-cookie",
])("a field called %s is secret", (name) => expect(isSecretName(name)).toBe(true));

test.each(["tokenizer", "secret_file", "token_ttl_seconds", "author", "task_id", "monkey"])(
  "a field called %s is not",
  (name) => expect(isSecretName(name)).toBe(false),
);

test("secrets are masked at any depth, and counts of tokens are not", () => {
  const given = {
    a: [{ token: "t-1" }],
    request: { headers: { authorization: "Bearer abc" } },
    tokens: 1200,
  };
  expect(redact(given)).toEqual({
    a: [{ token: MASK }],
    request: { headers: { authorization: MASK } },
    tokens: 1200,
  });
});

test("text that carries a bearer token, a JWT or a password in a URL loses it", () => {
  expect(redactText("sent Bearer abcdefgh1234")).toBe(`sent ${MASK}`);
  expect(redactText("got eyJhbGciOiJI.eyJzdWIiOiIx.c2ln for x")).toBe(`got ${MASK} for x`);
  expect(redactText("nats://user:hunter2@host:4222")).toBe(`nats://user:${MASK}@host:4222`);
});

test("an error keeps its code, cause and stack and loses its secrets", () => {
  const error = Object.assign(new Error("refused Bearer abcdefgh1234", { cause: new Error("inner") }), {
    code: "UNAUTHORIZED",
    token: "abc",
  });
  const shown = redact(error) as Record<string, unknown>;
  expect(shown).toMatchObject({
    name: "Error",
    code: "UNAUTHORIZED",
    token: MASK,
    cause: { message: "inner" },
  });
  expect(shown["message"]).toBe(`refused ${MASK}`);
});

test("a value that contains itself ends", () => {
  const loop: Record<string, unknown> = { name: "loop" };
  loop["self"] = loop;
  expect(JSON.stringify(redact(loop))).toContain("[deep]");
});

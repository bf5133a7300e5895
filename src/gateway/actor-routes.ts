// Actors over HTTP: `POST /api/actors/user/counter/get` asks, with `?tell=true` it tells. The body is the payload.
// Only methods that a definition lists under `remote` are reachable.

import { errorToRecord } from "../base/errors.js";
import { ACTOR_PROTOCOL } from "../wire/actor-protocol.js";
import { RequestError, statusOfCode } from "../wire/http-shapes.js";
import { answer, type Exchange, type Reply, type Route, refusal } from "./exchange.js";
import type { ActorBook } from "./reach-actor.js";

const TELL_REFUSED: Readonly<Record<"full" | "dead", string>> = {
  full: "MAILBOX_FULL",
  dead: "ACTOR_STOPPED",
};

/** How long a request may stay open. */
const TIMEOUT_MAX_MS = 300_000;

function readTimeout(text: string | null): { timeoutMs?: number } {
  if (text === null) return {};
  const timeoutMs = Number(text);
  if (timeoutMs > 0 && timeoutMs <= TIMEOUT_MAX_MS) return { timeoutMs };
  const message = `must be a number of milliseconds up to ${TIMEOUT_MAX_MS}`;
  throw new RequestError("VALIDATION_ERROR", `timeout_ms ${message}.`, {
    fieldErrors: [{ field: "timeout_ms", message, value: text }],
  });
}

/** Numbers that JSON cannot hold become texts. */
function plainJson(value: unknown): unknown {
  const text = JSON.stringify(value, (_key, inner) => (typeof inner === "bigint" ? String(inner) : inner));
  return text === undefined ? null : JSON.parse(text);
}

function streamsElsewhere(path: string, method: string): RequestError {
  const what = `"${method}" of /${path} is a stream; HTTP answers once.`;
  return new RequestError(
    "WRONG_CALL",
    `${what} Read it over the WebSocket /ws, subprotocol ${ACTOR_PROTOCOL}, or by client.actor(…).stream(…).`,
  );
}

async function call(book: ActorBook, exchange: Exchange): Promise<Reply> {
  const { path, method } = exchange.params as { path: string; method: string };
  if (exchange.query.get("tell") === "true") {
    const outcome = await book.tell(`/${path}`, method, exchange.body);
    if (outcome === "sent") return answer(exchange, 202, { outcome });
    throw new RequestError(
      TELL_REFUSED[outcome],
      `The message was not sent: the actor at /${path} is ${outcome}.`,
    );
  }
  const options = { signal: exchange.signal, ...readTimeout(exchange.query.get("timeout_ms")) };
  try {
    return answer(exchange, 200, plainJson(await book.ask(`/${path}`, method, exchange.body, options)));
  } catch (error) {
    const { code, message } = errorToRecord(error);
    if (code === "WRONG_CALL") throw streamsElsewhere(path, method);
    if (statusOfCode(code) !== undefined) throw error;
    return refusal(exchange.requestId, 500, { code, message });
  }
}

export function actorRoutes(book: ActorBook): readonly Route[] {
  return [
    {
      method: "POST",
      pattern: "/api/actors/{path*}/{method}",
      access: "client",
      body: "json",
      handle: (exchange) => call(book, exchange),
    },
  ];
}

// The frames of the WebSocket subprotocol `hive.msgpack.v1`: how a client outside talks to actors inside.
// One WebSocket message is one frame, a MessagePack map of plain data. Ids are chosen by the client and unique among
// its open asks, streams and watches. Every ask gets exactly one `reply` or `error`, every stream exactly one `end` or
// `error` after its elements; every watch exactly one `terminated`, unless it was unwatched. Browser-safe.
//
// The window of a stream is the credit it begins with: the hub sends no more elements than it has credit for, and each
// `credit` adds to it. Who sends none gets none.
//
//   client                                      hub
//   tell   {path, method, payload?, id?}        told       {id, outcome}          only when the tell had an id
//   ask    {id, path, method, payload?, …}      reply      {id, value?}  or  error {id, error}
//   cancel {id}                                 error      {id, error: CANCELLED} for the ask
//   stream {id, path, method, payload?, window} elements   {id, values}           no more than there is credit for,
//   credit {id, count}                          end        {id}  or  error {id, error}
//   cancel {id}                                 error      {id, error: CANCELLED} for the stream
//   watch  {id, path}                           terminated {id, reason}
//   unwatch {id}
//   anything that is not a frame                error      {error}                then the socket is closed

import { z } from "zod";
import { TIME_LIMIT_MAX_MS } from "../base/time-limit.js";

export const ACTOR_PROTOCOL = "hive.msgpack.v1";
export const EVENT_PROTOCOL = "hive.json.v1";
/** A browser cannot send a bearer header with a socket; it offers its token as a subprotocol behind this prefix. */
export const TOKEN_PROTOCOL_PREFIX = "hive.token.";

export const ACTOR_PROTOCOL_LIMITS = Object.freeze({
  messageBytes: 64 * 1024,
  depth: 64,
  pathChars: 1_024,
  methodChars: 100,
  /** Asks and streams one socket may have open; another is answered with QUEUE_FULL. */
  openAsks: 1_024,
  /** Watches one socket may have open; another is answered with QUEUE_FULL. */
  watches: 1_024,
  /** Elements of one stream that may be under way. */
  window: 1_024,
});

const idShape = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const pathShape = z.string().startsWith("/").max(ACTOR_PROTOCOL_LIMITS.pathChars);
const methodShape = z.string().min(1).max(ACTOR_PROTOCOL_LIMITS.methodChars);
const creditShape = z.int().min(1).max(ACTOR_PROTOCOL_LIMITS.window);

export const clientFrameShape = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("tell"),
    id: idShape.optional(),
    path: pathShape,
    method: methodShape,
    payload: z.unknown().optional(),
  }),
  z.strictObject({
    kind: z.literal("ask"),
    id: idShape,
    path: pathShape,
    method: methodShape,
    payload: z.unknown().optional(),
    /** 0 for no limit; the ask ends with its socket all the same. */
    timeout_ms: z.number().min(0).max(TIME_LIMIT_MAX_MS).optional(),
  }),
  z.strictObject({
    kind: z.literal("stream"),
    id: idShape,
    path: pathShape,
    method: methodShape,
    payload: z.unknown().optional(),
    window: creditShape,
  }),
  z.strictObject({ kind: z.literal("credit"), id: idShape, count: creditShape }),
  z.strictObject({ kind: z.literal("cancel"), id: idShape }),
  z.strictObject({ kind: z.literal("watch"), id: idShape, path: pathShape }),
  z.strictObject({ kind: z.literal("unwatch"), id: idShape }),
]);
export type ClientFrame = z.output<typeof clientFrameShape>;

/** What a tell comes to. */
export type TellOutcome = "sent" | "full" | "dead";

/** An error as it crosses to a client: no stack, no cause. */
export interface FrameError {
  readonly code: string;
  readonly message: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export type HubFrame =
  | { readonly kind: "told"; readonly id: number; readonly outcome: TellOutcome }
  | { readonly kind: "reply"; readonly id: number; readonly value?: unknown }
  | { readonly kind: "elements"; readonly id: number; readonly values: readonly unknown[] }
  | { readonly kind: "end"; readonly id: number }
  | { readonly kind: "error"; readonly id?: number; readonly error: FrameError }
  | { readonly kind: "terminated"; readonly id: number; readonly reason: string };

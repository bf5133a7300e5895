// What the parent of `hive start` and its hub process say to each other over IPC. Both ends are ours and of one
// version. A closed channel is a message too: the hub then ends at once.

import type { Settings } from "./settings-shape.js";

/** The hub sends a beat this often. */
export const BEAT_INTERVAL_MS = 1_000;

export type ParentMessage =
  | { readonly type: "start"; readonly settings: Settings; readonly port: number }
  /** Stop gracefully; running tasks get `timeoutMs`. */
  | { readonly type: "stop"; readonly timeoutMs: number };

export type HubMessage =
  | { readonly type: "beat"; readonly commitPendingMs: number }
  | { readonly type: "ready"; readonly url: string; readonly port: number }
  | { readonly type: "refused"; readonly exitCode: number; readonly message: string };

/** What an owner of `hive start` (quickstart, `hive run`) hears over the owner's own IPC channel. */
export interface ReadyMessage {
  readonly type: "ready";
  readonly url: string;
  readonly port: number;
  readonly hubPid: number;
  readonly dataDir: string;
  readonly secretFile: string;
}

/** An owner that says `stay` may go; otherwise Hive stops when its owner's channel closes. */
export interface StayMessage {
  readonly type: "stay";
}

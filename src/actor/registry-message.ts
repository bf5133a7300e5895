// What threads say to the registrar on the main thread, and what it says to them. It travels on the control ring: in
// order, and never lost while the thread lives. An order is answered by `done` or `refused` under its serial number.

import type { ErrorRecord } from "../base/errors.js";
import type { ActorRef } from "./ref.js";

/** Orders for the registrar that are answered. */
export type RegistryOrder =
  /** `path` says for people who it is. */
  | { readonly verb: "register"; readonly name: string; readonly ref: ActorRef; readonly path: string }
  | { readonly verb: "unregister" | "find"; readonly name: string }
  | { readonly verb: "join" | "leave"; readonly key: string; readonly ref: ActorRef }
  | { readonly verb: "members"; readonly key: string };

export type RegistryMessage =
  | { readonly verb: "order"; readonly serial: number; readonly order: RegistryOrder }
  | { readonly verb: "done"; readonly serial: number; readonly refs: readonly ActorRef[] }
  | { readonly verb: "refused"; readonly serial: number; readonly error: ErrorRecord }
  /** A thread wants to hear of all changes of a key, beginning with all its members; or no longer. */
  | { readonly verb: "follow" | "unfollow"; readonly key: string }
  | { readonly verb: "members"; readonly key: string; readonly all: readonly ActorRef[] }
  | { readonly verb: "joined" | "left"; readonly key: string; readonly ref: ActorRef };

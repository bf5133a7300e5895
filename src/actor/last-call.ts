// The method of a definition that was called last, with its handler: messages come in runs, and a look into the table
// of handlers costs as much as the rest of a small message's way through its actor.

import type { AnyDefinition, Handler } from "./definition.js";

/** No user method begins with it. */
export const SPACE = 32;

export class LastCall {
  method = "";
  /** Only a plain one: undefined for what the runtime sends, for concurrent methods and for unknown ones. */
  handler: Handler<unknown> | undefined = undefined;

  find({ handlers, concurrent }: AnyDefinition, method: string): void {
    const isPlain = method.charCodeAt(0) !== SPACE && concurrent?.has(method) !== true;
    this.method = method;
    this.handler = isPlain ? handlers[method] : undefined;
  }
}

/** A definition with other handlers. */
export function withHandlers<D extends AnyDefinition>(definition: D, handlers: D["handlers"]): D {
  return { ...definition, handlers, last: new LastCall() };
}

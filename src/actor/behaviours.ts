// What `become` swaps: a definition with other handlers. Made once for each table of handlers, not for each call.

import { type AnyDefinition, DefinitionError, type Handlers } from "./definition.js";
import { checkHandlers } from "./definition-checks.js";
import { withHandlers } from "./last-call.js";
import { withStreams } from "./outflow.js";
import { writtenName } from "./stream-name.js";

// biome-ignore lint/suspicious/noExplicitAny: the state's type is private to the definition
type AnyHandlers = Handlers<any>;

export class Behaviours {
  readonly #derived = new WeakMap<AnyDefinition, WeakMap<object, AnyDefinition>>();

  /** The definition as it was written, with these handlers in place of its own of the same names. */
  derive(current: AnyDefinition, handlers: AnyHandlers | undefined): AnyDefinition {
    const written: AnyDefinition = current.written ?? current;
    if (handlers === undefined) return written;
    let known = this.#derived.get(written);
    if (known === undefined) {
      known = new WeakMap();
      this.#derived.set(written, known);
    }
    let derived: AnyDefinition | undefined = known.get(handlers);
    if (derived === undefined) {
      checkHandlers(written.name, "become", handlers);
      const own = withStreams(handlers);
      assertKnown(written, own);
      const all = Object.assign(Object.create(null) as object, written.handlers, own) as AnyHandlers;
      derived = { ...withHandlers(written, all), written };
      known.set(handlers, derived);
    }
    return derived;
  }
}

function assertKnown(written: AnyDefinition, handlers: AnyHandlers): void {
  for (const method of Object.keys(handlers)) {
    if (method in written.handlers) continue;
    const known = Object.keys(written.handlers).map(writtenName).join(", ");
    const name = writtenName(method);
    throw new DefinitionError(
      `${written.name} cannot become what understands "${name}"${name === method ? "" : " as a stream"}: ` +
        `it has ${known}; add "${name}" to its methods${name === method ? "" : " as a generator"}`,
    );
  }
}

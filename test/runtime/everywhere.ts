// Runs the same promises with and without the addon, on the same thread and on others.

import { afterAll, beforeAll, describe } from "vitest";
import { type ActorSystem, createSystem } from "../../src/index.js";

export type Place = "this" | 1 | 2;

/** A system of two threads for the tests inside, with the addon and without. */
export function describeSystems(inside: (system: () => ActorSystem, label: string) => void): void {
  for (const nativeDisabled of [false, true]) {
    const label = nativeDisabled ? "without the addon" : "with the addon";
    describe(`a system ${label}`, () => {
      let system: ActorSystem;
      beforeAll(async () => {
        system = await createSystem({ threads: 2, nativeDisabled, log: { log: () => undefined } });
      });
      afterAll(() => system.shutdown());
      inside(() => system, label);
    });
  }
}

/** The same for an actor here, and on each of the other threads. */
export function describeEverywhere(inside: (on: Place) => void): void {
  for (const on of ["this", 1, 2] as const) {
    describe(`an actor on ${on === "this" ? "the same thread" : `thread ${on}`}`, () => inside(on));
  }
}

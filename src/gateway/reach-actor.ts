// From outside to an actor: by its path, and only to methods that its definition opens.

import { RequestError } from "../wire/http-shapes.js";
import type { ActorFace, SystemFace } from "./faces.js";

/** The actor at `path`, if `method` may be called from outside. Throws NO_ACTOR or FORBIDDEN. */
export function reachActor(system: SystemFace, path: string, method: string): ActorFace {
  const actor = system.find(path);
  if (actor === undefined) {
    throw new RequestError("NO_ACTOR", `There is no actor at ${path}; paths look like /user/name.`, {
      data: { path },
    });
  }
  if (!actor.remote.includes(method)) {
    const what = `${path} does not open "${method}" to the outside; its definition lists such methods under remote.`;
    throw new RequestError("FORBIDDEN", what, { data: { path, method } });
  }
  return actor;
}

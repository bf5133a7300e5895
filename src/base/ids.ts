// Branded ids: numbers and strings that cannot be mixed up. Public ids are time-ordered and unguessable enough
// not to collide; they are names, not secrets.

export type ThreadIndex = number & { readonly __id: "thread" };
export type Slot = number & { readonly __id: "slot" };
export type Generation = number & { readonly __id: "generation" };

/** Thread 0 is the main thread of the process. */
export const MAIN_THREAD = 0 as ThreadIndex;

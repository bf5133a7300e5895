// The tree of actors as one picture: each thread is asked for its part over the control plane, and the parts are put
// together here. One round per change of thread on the way down.
//
// It is no snapshot: threads answer one after the other while messages go on.

import { threadOf } from "../actor/address.js";
import type { Cell } from "../actor/cell.js";
import type { Where } from "../actor/control-message.js";
import { type ActorFacts, type ActorRow, unknownActor, type WalkRoot, walkCells } from "../actor/inspect.js";
import { CodedError } from "../base/errors.js";
import type { ThreadInsight } from "./thread-insight.js";

export interface InspectOptions {
  /** Where to begin. Default `/user`. */
  readonly path?: string;
  /** Levels below that. Default 64, which is also the most. */
  readonly depth?: number;
  /** Actors at most, nearer ones first. Default 1,000, at most 10,000. */
  readonly limit?: number;
}

export interface InspectedActor extends ActorFacts {
  readonly children: readonly InspectedActor[];
  /** Children that were left out, by `depth` or `limit`. */
  readonly more: number;
}

export interface Inspection {
  readonly root: InspectedActor;
  /** How many actors stand in the tree. */
  readonly actors: number;
  /** Whether actors were left out. */
  readonly cut: boolean;
  /** Threads that did not answer, such as one in an endless turn; their actors are `unreachable`. */
  readonly unreachable: readonly number[];
}

export const INSPECT_DEFAULTS = Object.freeze({ path: "/user", depth: 64, limit: 1_000 });
const DEPTH_MAX = 64;
const LIMIT_MAX = 10_000;

/** Asks a thread; rejects when it is gone or says nothing in time. */
export type AskThread = <T>(
  thread: number,
  question: (insight: ThreadInsight) => T | Promise<T>,
) => Promise<T>;

interface Node extends ActorFacts {
  readonly children: Node[];
  readonly more: number;
}

interface Stub {
  readonly node: Node;
  readonly where: Where;
  readonly depth: number;
}

/** Checks the options and fills in what was left out. */
export function readInspectOptions(options: InspectOptions): Required<InspectOptions> {
  const { path = INSPECT_DEFAULTS.path, depth = DEPTH_MAX, limit = INSPECT_DEFAULTS.limit } = options;
  check("depth", depth, 0, DEPTH_MAX);
  check("limit", limit, 1, LIMIT_MAX);
  return { path, depth, limit };
}

function check(name: string, given: number, min: number, max: number): void {
  if (Number.isInteger(given) && given >= min && given <= max) return;
  throw new CodedError("OPTIONS", `inspect: ${name} ${given}; give a whole number from ${min} to ${max}`);
}

/** The tree below a cell of this thread, or below an actor by its address */
export async function inspectTree(
  from: Cell | Where,
  { path, depth, limit }: Required<InspectOptions>,
  ask: AskThread,
): Promise<Inspection> {
  const picture = new Picture(limit, path);
  if ("kernel" in from) picture.add(walkCells([from], [depth], limit), [picture.origin(depth)]);
  else picture.begin(from, depth);
  for (let wave = picture.take(); wave.size > 0; wave = picture.take()) {
    const parts = [...wave].map(async ([thread, stubs]) => {
      const roots = stubs.map(({ where, depth: levels }): WalkRoot => ({ where, depth: levels }));
      const share = stubs.length + Math.floor(picture.left / wave.size);
      const part = await ask(thread, (insight) => insight.inspect(roots, share)).catch(() => undefined);
      if (part === undefined) picture.giveUp(thread);
      else picture.add(part, stubs);
    });
    await Promise.all(parts);
  }
  return picture.finish();
}

/** The tree as far as it is known. */
class Picture {
  readonly #limit: number;
  readonly #root: Node;
  readonly #unreachable = new Set<number>();
  #waiting: Stub[] = [];
  #known = 1;

  constructor(limit: number, path: string) {
    this.#limit = limit;
    this.#root = { ...unknownActor(path, "", 0), children: [], more: 0 };
  }

  /** Room for more actors. */
  get left(): number {
    return this.#limit - this.#known;
  }

  /** The place of the first actor. */
  origin(depth: number): Stub {
    return { node: this.#root, where: [0, 0], depth };
  }

  /** Begins with an actor that its thread has to tell of. */
  begin(where: Where, depth: number): void {
    this.#waiting.push({ node: this.#root, where, depth });
  }

  /** What is to be asked next, by thread. */
  take(): Map<number, Stub[]> {
    const byThread = new Map<number, Stub[]>();
    for (const stub of this.#waiting) {
      const thread = threadOf(stub.where[0]);
      const stubs = byThread.get(thread);
      if (stubs === undefined) byThread.set(thread, [stub]);
      else stubs.push(stub);
    }
    this.#waiting = [];
    return byThread;
  }

  giveUp(thread: number): void {
    this.#unreachable.add(thread);
  }

  /** Puts what a thread knows in the place of the stubs it was asked about. */
  add(rows: readonly ActorRow[], stubs: readonly Stub[]): void {
    const nodes: Node[] = [];
    const depths: number[] = [];
    for (const { parent, where, ...facts } of rows) {
      const stub = stubs[-parent - 1];
      const depth = stub?.depth ?? (depths[parent] ?? 0) - 1;
      const node: Node = Object.assign(stub?.node ?? { children: [] }, facts);
      if (stub === undefined) {
        this.#known++;
        nodes[parent]?.children.push(node);
      }
      if (where !== undefined) this.#waiting.push({ node, where, depth });
      depths.push(depth);
      nodes.push(node);
    }
  }

  finish(): Inspection {
    const [root, actors, unreachable] = [this.#root, this.#known, [...this.#unreachable]];
    return { root, actors, cut: isCut(root), unreachable };
  }
}

function isCut({ more, children }: Node): boolean {
  return more > 0 || children.some(isCut);
}

/** Every actor of a tree, the parent before its children. */
export function* actorsIn(root: InspectedActor): Iterable<InspectedActor> {
  yield root;
  for (const child of root.children) yield* actorsIn(child);
}

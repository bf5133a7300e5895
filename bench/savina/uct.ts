// Unbalanced cobwebbed tree: every node is an actor that works a while, has children or none, and tells its parent how
// large the tree below it is. Chance, from a seed, makes some branches much deeper than others.

import { type ActorContext, defineActor, type Later, type RefOf } from "../../src/index.js";
import { defineProgram, type Told } from "./program.js";
import { drawFrom, mix, toil } from "./random.js";

type Size = { readonly seed: number; readonly rootChildren: number; readonly nodesMax: number };
type Tree = { readonly nodes: number; readonly leaves: number; readonly depth: number };

const CHILDREN = 8;
/** Somewhat less than one in eight: each node has nearly one child on average, so branches live long and all end. */
const FERTILE_PER_THOUSAND = 123;
const WORK_UNITS = 500;

interface Place {
  readonly seed: number;
  readonly depth: number;
  readonly children: number;
}

/** The same tree for actors and for the check: what a node is like follows from its seed. */
function childrenOf({ seed, depth, children }: Place): readonly Place[] {
  return Array.from({ length: children }, (_, i) => {
    const own = mix(seed * 31 + i + 1);
    const fertile = drawFrom(own)(1_000) < FERTILE_PER_THOUSAND;
    return { seed: own, depth: depth + 1, children: fertile ? CHILDREN : 0 };
  });
}

function rootOf({ seed, rootChildren }: Size): Place {
  return { seed, depth: 0, children: rootChildren };
}

const LEAF = { nodes: 1, leaves: 1 };

function joined(one: Tree, other: Tree): Tree {
  return {
    nodes: one.nodes + other.nodes,
    leaves: one.leaves + other.leaves,
    depth: Math.max(one.depth, other.depth),
  };
}

const Node = defineActor({
  name: "Node",
  restart: "temporary",
  state: ({ place, parent }: { place: Place; parent: Told<{ grown: Tree }> }) => ({
    place,
    parent,
    missing: place.children,
    tree: { nodes: 1, leaves: 0, depth: place.depth } as Tree,
    toiled: 0,
  }),
  on: {
    grow(ctx): void {
      const { place, parent } = ctx.state;
      ctx.state.toiled = toil(WORK_UNITS);
      if (place.children === 0) {
        parent.tell("grown", { ...LEAF, depth: place.depth });
        ctx.stop();
      }
      for (const child of childrenOf(place)) spawnNode(ctx, child).tell("grow");
    },
    grown(ctx, below: Tree): void {
      const { state } = ctx;
      state.tree = joined(state.tree, below);
      state.missing -= 1;
      if (state.missing > 0) return;
      state.parent.tell("grown", state.tree);
      ctx.stop();
    },
  },
});

function spawnNode(ctx: ActorContext, place: Place): RefOf<typeof Node> {
  return ctx.spawn(Node, { args: { place, parent: ctx.self } });
}

const Gardener = defineActor({
  name: "Gardener",
  state: (size: Size) => ({ size, done: undefined as Later<Tree> | undefined }),
  on: {
    run(ctx) {
      spawnNode(ctx, rootOf(ctx.state.size)).tell("grow");
      ctx.state.done = ctx.later<Tree>();
      return ctx.state.done;
    },
    grown(ctx, tree: Tree) {
      ctx.state.done?.give(tree);
    },
  },
});

function treeOf(place: Place): Tree {
  const start: Tree = { nodes: 1, leaves: place.children === 0 ? 1 : 0, depth: place.depth };
  return childrenOf(place).reduce((tree, child) => joined(tree, treeOf(child)), start);
}

export const uct = defineProgram({
  name: "uct",
  asks: "how long does an unbalanced tree of 174,721 actors take to grow and to be counted?",
  full: { seed: 1, rootChildren: 2_000, nodesMax: 200_000 },
  quick: { seed: 1, rootChildren: 50, nodesMax: 200_000 },
  root: Gardener,
  expected: (size) => {
    const tree = treeOf(rootOf(size));
    if (tree.nodes > size.nodesMax)
      throw new Error(`seed ${size.seed} makes ${tree.nodes} nodes; take another`);
    return tree;
  },
});

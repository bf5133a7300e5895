// Facility location: customers come one after the other to a tree of quadrants and are served by the nearest facility
// that their quadrant knows. When its customers have paid as much for their ways as a facility costs, a quadrant opens
// one in their middle and, down to the cutoff, splits into four that start with the facilities it knows.
// Source: the online algorithm of Meyerson (2001) over quadrants, without chance.

import { type ActorContext, defineActor, type RefOf } from "../../src/index.js";
import { defineProgram } from "./program.js";
import { drawFrom } from "./random.js";

type Size = {
  readonly customers: number;
  readonly cutoff: number;
  readonly side: number;
  readonly facilityCost: number;
};

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Area extends Point {
  readonly side: number;
  readonly depth: number;
}

/** What a quadrant knows and has decided; the same for the actor and for the check. */
interface Quadrant {
  readonly size: Size;
  readonly area: Area;
  readonly facilities: Point[];
  readonly waiting: Point[];
  customers: number;
  opened: number;
  paid: number;
  way: number;
}

type Sum = { readonly customers: number; readonly facilities: number; readonly way: number };

function newQuadrant(size: Size, area: Area, facilities: readonly Point[]): Quadrant {
  return { size, area, facilities: [...facilities], waiting: [], customers: 0, opened: 0, paid: 0, way: 0 };
}

/** Serves one customer; true when the quadrant is to split. */
function serve(quadrant: Quadrant, customer: Point): boolean {
  const { facilities, waiting, size, area } = quadrant;
  let nearest = Number.POSITIVE_INFINITY;
  for (const { x, y } of facilities) nearest = Math.min(nearest, Math.hypot(x - customer.x, y - customer.y));
  quadrant.customers += 1;
  quadrant.way += nearest;
  quadrant.paid += nearest;
  waiting.push(customer);
  if (quadrant.paid < size.facilityCost) return false;
  facilities.push(middleOf(waiting));
  waiting.length = 0;
  quadrant.opened += 1;
  quadrant.paid = 0;
  return area.depth < size.cutoff;
}

function middleOf(points: readonly Point[]): Point {
  const sum = (of: (point: Point) => number): number => points.reduce((total, point) => total + of(point), 0);
  return { x: sum(({ x }) => x) / points.length, y: sum(({ y }) => y) / points.length };
}

function fourths({ x, y, side, depth }: Area): readonly Area[] {
  const half = side / 2;
  return [0, half].flatMap((down) =>
    [0, half].map((right) => ({ x: x + right, y: y + down, side: half, depth: depth + 1 })),
  );
}

/** Which of the fourths a point lies in. */
function fourthOf({ x, y, side }: Area, point: Point): number {
  return (point.y >= y + side / 2 ? 2 : 0) + (point.x >= x + side / 2 ? 1 : 0);
}

function sumOf({ customers, opened, way }: Quadrant): Sum {
  return { customers, facilities: opened, way };
}

function added(sums: readonly Sum[]): Sum {
  return sums.reduce((one, other) => ({
    customers: one.customers + other.customers,
    facilities: one.facilities + other.facilities,
    way: one.way + other.way,
  }));
}

interface QuadrantArgs {
  readonly size: Size;
  readonly area: Area;
  readonly facilities: readonly Point[];
}

interface QuadrantState {
  readonly quadrant: Quadrant;
  fourths: readonly RefOf<typeof QuadrantActor>[];
}

const QuadrantActor = defineActor({
  name: "Quadrant",
  state: ({ size, area, facilities }: QuadrantArgs): QuadrantState => ({
    quadrant: newQuadrant(size, area, facilities),
    fourths: [],
  }),
  on: {
    customer(ctx, customer: Point): void {
      const { quadrant, fourths: below } = ctx.state;
      if (below.length > 0) below[fourthOf(quadrant.area, customer)]?.tell("customer", customer);
      else if (serve(quadrant, customer)) ctx.state.fourths = split(ctx, quadrant);
    },
    async sum(ctx): Promise<Sum> {
      const own = sumOf(ctx.state.quadrant);
      const below = await Promise.all(ctx.state.fourths.map((one) => ctx.ask(one, "sum")));
      return added([own, ...below]);
    },
  },
  mailbox: { capacity: 131_072 }, // all customers may come at once
});

function split(
  ctx: ActorContext,
  { size, area, facilities }: Quadrant,
): readonly RefOf<typeof QuadrantActor>[] {
  return fourths(area).map((one) => ctx.spawn(QuadrantActor, { args: { size, area: one, facilities } }));
}

function whole({ side }: Size): Area {
  return { x: 0, y: 0, side, depth: 0 };
}

function firstFacility({ side }: Size): Point {
  return { x: side / 2, y: side / 2 };
}

function* customersOf({ customers, side }: Size): Iterable<Point> {
  const draw = drawFrom(customers);
  for (let i = 0; i < customers; i++) yield { x: (draw(1e6) / 1e6) * side, y: (draw(1e6) / 1e6) * side };
}

const Producer = defineActor({
  name: "Producer",
  state: (size: Size, ctx: ActorContext) => {
    const args = { size, area: whole(size), facilities: [firstFacility(size)] };
    return { size, root: ctx.spawn(QuadrantActor, { args }) };
  },
  on: {
    run(ctx): Promise<Sum> {
      const { size, root } = ctx.state;
      for (const customer of customersOf(size)) root.tell("customer", customer);
      return ctx.ask(root, "sum", undefined, { timeoutMs: 0 });
    },
  },
});

/** The same decisions, each quadrant after the other instead of all at once. */
function located(size: Size, area: Area, facilities: readonly Point[], customers: readonly Point[]): Sum {
  const quadrant = newQuadrant(size, area, facilities);
  const splitAt = customers.findIndex((customer) => serve(quadrant, customer));
  const own = sumOf(quadrant);
  if (splitAt < 0) return own;
  const later = customers.slice(splitAt + 1);
  const below = fourths(area).map((one, at) => {
    const inside = later.filter((customer) => fourthOf(area, customer) === at);
    return located(size, one, quadrant.facilities, inside);
  });
  return added([own, ...below]);
}

export const facloc = defineProgram({
  name: "facloc",
  asks: "how long does a tree of actors take to open facilities for 100,000 customers?",
  full: { customers: 100_000, cutoff: 3, side: 500, facilityCost: 5_000 },
  quick: { customers: 5_000, cutoff: 3, side: 500, facilityCost: 5_000 },
  root: Producer,
  expected: (size) => located(size, whole(size), [firstFacility(size)], [...customersOf(size)]),
});

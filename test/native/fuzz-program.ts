// Calls every exported function of an addon with values that fit none of its rules:
//   node fuzz-program.js <addon> <seed> <calls> <diary>
// Whatever is thrown is an answer; only the end of the process is a failure. Each call is written into the file `diary`
// before it is made, so that whoever finds the process dead knows what killed it.
// Why plausible calls too: a call that differs from a right one in one place comes further than one that is all wrong.
// Nothing here knows the functions. Their own complaints lead to a list of arguments that each of them takes.

import { openSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import fc from "fast-check";

interface Spot {
  readonly at: number;
  readonly index: number;
  readonly number: number;
}
type Callable = (...args: unknown[]) => unknown;

const [, , path = "", seed = "0", calls = "1000", diary = "last-call"] = process.argv;
const ARGUMENTS_MAX = 20;
const DIARY_CHARS = 400;
const diaryFile = openSync(diary, "w");
/** Long enough for most counts drawn below, short enough for some to reach beyond; more where more is asked for. */
const ROOM = 1024;
const LENGTHS = [0, 1, 2, 3, 4, 8, 16, 64, 256];

const ARRAYS = [
  Float32Array,
  Float64Array,
  Uint8Array,
  Uint16Array,
  Uint32Array,
  Int8Array,
  Int16Array,
  Int32Array,
  BigInt64Array,
] as const;

const oddNumber = fc.constantFrom(
  ...[
    0,
    1,
    2,
    3,
    5,
    8,
    31,
    32,
    33,
    64,
    255,
    256,
    1e3,
    16_383,
    16_384,
    65_536,
    2 ** 30,
    2 ** 31,
    2 ** 32,
    2 ** 53,
  ],
  ...[-0, -1, -(2 ** 31), 0.5, 1e300, -1e300, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
);

interface Resizable extends ArrayBuffer {
  resize(bytes: number): void;
}
/** As of ES2024, which the types of Node 20 do not know yet. */
const ResizableBuffer = ArrayBuffer as unknown as new (
  bytes: number,
  options: { maxByteLength: number },
) => Resizable;

function takeAway({ buffer }: ArrayBufferView): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > 0) structuredClone(buffer, { transfer: [buffer] });
}

/** An array that JavaScript has taken away, or that does not begin or end where one would think. */
function spoil(array: ArrayBufferView, how: number): unknown {
  if (how === 0) takeAway(array);
  if (how === 1) return new Float32Array(new ResizableBuffer(64, { maxByteLength: 128 }));
  if (how === 2) {
    const shrinking = new ResizableBuffer(256, { maxByteLength: 256 });
    const view = new Float32Array(shrinking, 64, 32);
    shrinking.resize(32);
    return view;
  }
  return array;
}

const typedArray = fc
  .record({
    type: fc.constantFrom(...ARRAYS),
    length: fc.constantFrom(...LENGTHS),
    values: fc.array(oddNumber, { maxLength: 8 }),
    isShared: fc.boolean(),
    spoiled: fc.nat({ max: 12 }),
  })
  .map(({ type, length, values, isShared, spoiled }) => {
    const bytes = length * type.BYTES_PER_ELEMENT;
    const array = new type(
      (isShared && spoiled > 8 ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes)) as never,
    );
    for (const [index, value] of values.slice(0, length).entries()) {
      if (array instanceof BigInt64Array)
        array[index] = BigInt.asIntN(64, BigInt(Number.isFinite(value) ? Math.trunc(value) : 0));
      else array[index] = value;
    }
    return spoil(array, spoiled);
  });

/** A list whose getter takes away the buffer of its neighbour in the middle of the call. */
function trap(victim: Float64Array): unknown[] {
  const list: unknown[] = [new Float32Array(256)];
  Object.defineProperty(list, 1, {
    get() {
      takeAway(victim);
      return victim;
    },
  });
  return list;
}

const odd: fc.Arbitrary<unknown> = fc.oneof(
  oddNumber,
  fc.constantFrom<unknown>(undefined, null, true, "", "text", 7n, Symbol.iterator, {}, Object.create(null)),
  fc.constantFrom<unknown>(
    () => {},
    () => 1,
    new Proxy([], {}),
    new DataView(new ArrayBuffer(8)),
    new ArrayBuffer(64),
  ),
  fc.array(typedArray, { maxLength: 4 }),
  fc.constant(0).map(() => trap(new Float64Array(64))),
);

const value = fc.oneof({ weight: 3, arbitrary: typedArray }, { weight: 2, arbitrary: odd });

function note(name: string, args: readonly unknown[]): void {
  const shown = args.map((arg) =>
    ArrayBuffer.isView(arg) && "length" in arg ? `${arg.constructor.name}(${arg.length})` : typeof arg,
  );
  writeSync(diaryFile, `${name}(${shown.join(", ")})`.padEnd(DIARY_CHARS).slice(0, DIARY_CHARS), 0);
}

async function call(name: string, target: Callable, args: readonly unknown[]): Promise<unknown> {
  note(name, args);
  try {
    const answer = target(...args);
    if (!(answer instanceof Promise)) return undefined;
    for (const arg of args) if (ArrayBuffer.isView(arg)) takeAway(arg);
    return await answer.then(
      () => undefined,
      (error: unknown) => error,
    );
  } catch (error) {
    return error;
  }
}

/** What a complaint asks for, such as "rank: expected `load` to be a Float32Array of at least 3 values". */
function asked(complaint: unknown): (() => unknown) | undefined {
  const message = complaint instanceof Error ? complaint.message : "";
  if (message.includes("to be a function")) return () => () => {};
  if (message.includes("to be an array"))
    return () => Array.from({ length: 32 }, () => new Float32Array(ROOM));
  if (/to be (a whole number|a number)/.test(message)) return () => 1;
  if (message.includes("to be a string")) return () => "a text of some words, é and 鯨 among them";
  const [, name, count, where] = /to be an? (\w+Array) of at least (\d+) values(.*)/.exec(message) ?? [];
  const type = ARRAYS.find((array) => array.name === name);
  if (type === undefined) return undefined;
  const bytes = type.BYTES_PER_ELEMENT * Math.max(ROOM, Number(count));
  const Buffer = where!.includes("SharedArrayBuffer") ? SharedArrayBuffer : ArrayBuffer;
  // Why ones: a count or a size of one is right more often than one of nothing.
  return () => {
    const array = new type(new Buffer(bytes) as never);
    return array instanceof BigInt64Array ? array : array.fill(1);
  };
}

/** Follows the complaints of a function, place by place, to a list of arguments that it takes or nearly takes. */
async function learn(name: string, target: Callable): Promise<(() => unknown)[]> {
  const makers: (() => unknown)[] = Array.from({ length: ARGUMENTS_MAX }, () => () => undefined);
  const isFilled = makers.map(() => false);
  const attempt = () =>
    call(
      name,
      target,
      makers.map((make) => make()),
    );
  let complaint = await attempt();
  for (let step = 0; step < ARGUMENTS_MAX; step++) {
    const wanted = asked(complaint);
    if (wanted === undefined) break;
    let isHeard = false;
    for (let at = 0; at < ARGUMENTS_MAX && !isHeard; at++) {
      const before = makers[at]!;
      if (isFilled[at]) continue;
      makers[at] = wanted;
      const next = await attempt();
      isHeard = String(next) !== String(complaint);
      isFilled[at] = isHeard;
      if (isHeard) complaint = next;
      else makers[at] = before;
    }
    if (!isHeard) break;
  }
  return makers.slice(0, isFilled.lastIndexOf(true) + 1);
}

/** Numbers for the arrays of parameters, so that sizes and counts vary in a call that is otherwise right. */
function fill(args: readonly unknown[], numbers: readonly number[]): void {
  for (const arg of args) {
    if (!(arg instanceof Float64Array || arg instanceof Float32Array)) continue;
    for (const [index, number] of numbers.entries()) arg[index] = number;
  }
}

/** One number among others that are right. */
function set(args: readonly unknown[], { at, index, number }: Spot): void {
  const arg = args[at];
  if (arg instanceof Float64Array || arg instanceof Uint32Array) arg[index] = number;
}

async function fuzz(): Promise<number> {
  const addon = createRequire(import.meta.url)(path) as Record<string, unknown>;
  const functions = Object.entries(addon).filter((entry): entry is [string, Callable] => {
    return typeof entry[1] === "function";
  });
  const runs = { seed: Number(seed), numRuns: Number(calls) };
  for (const [name, target] of functions) {
    const right = await learn(name, target);
    const wrong = fc.array(value, { maxLength: ARGUMENTS_MAX });
    const size = fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 2 * ROOM }), oddNumber);
    const numbers = fc.array(size, { maxLength: 8 });
    const place = fc.nat({ max: Math.max(0, right.length - 1) });
    const nearly = fc.array(fc.record({ at: place, value }), { maxLength: 3 });
    const spots = fc.array(fc.record({ at: place, index: fc.nat({ max: 9 }), number: size }), {
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(wrong, nearly, numbers, spots, async (all, changes, parameters, places) => {
        await call(name, target, all);
        const spotted = right.map((make) => make());
        for (const spot of places) set(spotted, spot);
        await call(name, target, spotted);
        const args = right.map((make) => make());
        fill(args, parameters);
        await call(name, target, args);
        for (const change of changes) args[change.at] = change.value;
        await call(name, target, args);
      }),
      runs,
    );
  }
  return functions.length;
}

const count = await fuzz();
console.log(`${count} functions, seed ${seed}`);
process.exit(0);

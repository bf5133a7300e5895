// A binary heap whose items know their place, so that any of them can leave in O(log n): a queued task that is
// cancelled, a lease that ends before its timeout. Items that arrive in order cost O(1), which is the usual case here.

/** How a heap orders its items and where an item remembers its place. One const per use, so that calls stay cheap. */
export interface HeapOrder<T> {
  /** Whether `a` comes out before `b`. A strict total order. */
  before(a: T, b: T): boolean;
  /** The place last given to `place`. */
  placeOf(item: T): number;
  place(item: T, index: number): void;
}

/** The place of an item that is in no heap. */
export const NOWHERE = -1;

export class IndexedHeap<T> {
  readonly #order: HeapOrder<T>;
  readonly #items: T[] = [];

  constructor(order: HeapOrder<T>) {
    this.#order = order;
  }

  get size(): number {
    return this.#items.length;
  }

  /** The first item, or undefined when empty. */
  get first(): T | undefined {
    return this.#items[0];
  }

  /** Items in no particular order, to look at and not to change. */
  get items(): readonly T[] {
    return this.#items;
  }

  push(item: T): void {
    this.#items.push(item);
    this.#rise(item, this.#items.length - 1);
  }

  pop(): T | undefined {
    const first = this.#items[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Takes `item` out, wherever it is. The caller knows that it is in this heap. */
  remove(item: T): void {
    const index = this.#order.placeOf(item);
    const last = this.#items.pop() as T;
    this.#order.place(item, NOWHERE);
    if (last === item) return;
    this.#settle(last, index);
  }

  /** Restores the order after the key of `item` changed. */
  moved(item: T): void {
    this.#settle(item, this.#order.placeOf(item));
  }

  #settle(item: T, index: number): void {
    const parent = (index - 1) >> 1;
    if (index > 0 && this.#order.before(item, this.#items[parent] as T)) this.#rise(item, index);
    else this.#sink(item, index);
  }

  #rise(item: T, from: number): void {
    const items = this.#items;
    const order = this.#order;
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = items[parentIndex] as T;
      if (!order.before(item, parent)) break;
      items[index] = parent;
      order.place(parent, index);
      index = parentIndex;
    }
    items[index] = item;
    order.place(item, index);
  }

  #sink(item: T, from: number): void {
    const items = this.#items;
    const order = this.#order;
    const half = items.length >> 1;
    let index = from;
    while (index < half) {
      let childIndex = 2 * index + 1;
      let child = items[childIndex] as T;
      const right = items[childIndex + 1];
      if (right !== undefined && order.before(right, child)) {
        child = right;
        childIndex += 1;
      }
      if (!order.before(child, item)) break;
      items[index] = child;
      order.place(child, index);
      index = childIndex;
    }
    items[index] = item;
    order.place(item, index);
  }
}

import { describe, expect, test } from "vitest";

import { PageBuilder } from "../../src/store/page-builder.js";
import {
  checkPage,
  indexOf,
  locationOf,
  PageDamage,
  pageOf,
  readEntry,
} from "../../src/store/page-format.js";
import { EncodeError, unpackPlain } from "../../src/wire/codec.js";

function pageOfThree(): Uint8Array {
  const builder = new PageBuilder();
  expect(builder.append([{ n: 1 }, "two"], undefined)).toBe("added");
  expect(builder.append([[3]], undefined)).toBe("added");
  return Uint8Array.from(builder.seal(7, 100));
}

describe("a page", () => {
  test("gives its entries back, all of them and one by one", () => {
    const page = pageOfThree();
    const { header, ranges } = checkPage(page, 7);
    expect(header).toEqual({ page: 7, firstSeq: 100, count: 3 });
    const all = [0, 1, 2].map((at) => unpackPlain(page.subarray(ranges[at * 2], ranges[at * 2 + 1])));
    expect(all).toEqual([{ n: 1 }, "two", [3]]);
    expect([0, 1, 2].map((at) => unpackPlain(readEntry(page, 7, at)))).toEqual(all);
    expect(() => readEntry(page, 7, 3)).toThrow(PageDamage);
  });

  test("is damaged when any one of its bits is another", () => {
    const page = pageOfThree();
    for (let at = 0; at < page.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const torn = Uint8Array.from(page);
        torn[at] = (torn[at] as number) ^ (1 << bit);
        expect(() => checkPage(torn, 7), `byte ${at}, bit ${bit}`).toThrow(PageDamage);
      }
    }
  });

  test("is damaged when it is cut short, too long, or not the page that was asked for", () => {
    const page = pageOfThree();
    for (let length = 0; length < page.length; length++) {
      expect(() => checkPage(page.subarray(0, length), 7)).toThrow(PageDamage);
    }
    expect(() => checkPage(Uint8Array.from([...page, 0]), 7)).toThrow(PageDamage);
    expect(() => checkPage(page, 8)).toThrow(PageDamage);
  });

  test("takes an append whole or not at all, also when an entry cannot be encoded", () => {
    const builder = new PageBuilder();
    builder.append(["kept"], undefined);
    expect(() => builder.append(["lost", () => {}], undefined)).toThrow(EncodeError);
    builder.append(["also kept"], undefined);
    const page = builder.seal(1, 1);
    expect(checkPage(page, 1).header.count).toBe(2);
    expect(unpackPlain(readEntry(page, 1, 1))).toBe("also kept");
  });
});

test("a location holds a page and an index, far beyond 32 bits", () => {
  const location = locationOf(2 ** 36 + 5, 65_535);
  expect([pageOf(location), indexOf(location)]).toEqual([2 ** 36 + 5, 65_535]);
});

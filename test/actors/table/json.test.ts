import { describe, expect, it } from "vitest";
import { columnOf, failureOf, profile } from "../inputs.js";

const shapeOf = (table: Awaited<ReturnType<typeof profile>>): unknown =>
  table.columns.map(({ name, type, count }) => [name, type, count]);

describe("JSON tables", () => {
  it("may be a list of objects with different keys", async () => {
    const table = await profile('[{"a":1,"b":"x"},{"b":"y","c":true},{"a":2.5,"c":null}]');
    expect(table.rows).toBe(3);
    expect(shapeOf(table)).toEqual([
      ["a", "number", 2],
      ["b", "text", 2],
      ["c", "boolean", 1],
    ]);
    expect(columnOf(table, "c").missing).toBe(2);
  });

  it("may be lines of objects", async () => {
    const table = await profile('{"a":1}\n{"a":2}\n{"a":3}\n', { mediaType: "application/x-ndjson" });
    expect(table.format.kind).toBe("ndjson");
    expect(columnOf(table, "a")).toMatchObject({ count: 3, mean: 2 });
    expect((await profile('{"a":1}\n{"a":2}\n', { mediaType: "application/json" })).format.kind).toBe(
      "ndjson",
    );
    expect((await profile('{"a":1}\n', { mediaType: "application/x-ndjson" })).rows).toBe(1);
  });

  it("may be an object of lists, with nulls where a value is missing", async () => {
    const size = 20;
    const x = Array.from({ length: size }, (_, index) => index);
    const y = x.map((value) => (value === 3 ? null : 5 - value));
    const table = await profile(JSON.stringify({ title: "t", x, y, odd: [1, 2] }));
    expect(table.rows).toBe(size);
    expect(shapeOf(table)).toEqual([
      ["x", "integer", 20],
      ["y", "integer", 19],
    ]);
    expect(table.correlations).toEqual([{ a: "x", b: "y", r: -1, n: 19 }]);
    expect(table.notes[0]).toContain("odd (2)");
  });

  it("may be a list of lists, with or without names in the first", async () => {
    expect(shapeOf(await profile('[["city","n"],["Oslo",1],["Rome",2]]'))).toEqual([
      ["city", "text", 2],
      ["n", "integer", 2],
    ]);
    expect((await profile("[[1,2],[3,4],[5,6]]")).rows).toBe(3);
  });

  it("may be a bare list of values", async () => {
    expect(shapeOf(await profile("[1, 2, 3.5]"))).toEqual([["value", "number", 3]]);
  });

  it("may lie inside other objects; the largest list of objects is taken, the others are named", async () => {
    const table = await profile(
      '{"meta":{"tags":["a","b"]},"data":{"rows":[{"v":1},{"v":2}],"few":[{"w":1}]}}',
    );
    expect(table.format.table).toBe("data.rows");
    expect(table.rows).toBe(2);
    expect(table.other_tables.map((other) => other.table)).toEqual(["data.few", "meta"]);
  });

  it("give nested objects dotted columns, and lists a length", async () => {
    const table = await profile('[{"p":{"q":{"r":1}},"l":[1,2,3]},{"p":{"q":{"r":2}},"l":[]}]');
    expect(shapeOf(table)).toEqual([
      ["p.q.r", "integer", 2],
      ["l", "list", 2],
    ]);
    expect(columnOf(table, "l").length).toEqual({ min: 0, max: 3, mean: 1.5 });
  });

  it("of GeoJSON have longitude and latitude", async () => {
    const feature = (lon: number): string =>
      `{"type":"Feature","properties":{"n":1},"geometry":{"type":"Point","coordinates":[${lon},59.9]}}`;
    const table = await profile(`{"type":"FeatureCollection","features":[${feature(10)},${feature(11)}]}`);
    expect(columnOf(table, "geometry.longitude")).toMatchObject({ min: 10, max: 11 });
    expect(columnOf(table, "geometry.latitude").mean).toBe(59.9);
  });

  it("do not care about the order of keys when rows are compared", async () => {
    expect((await profile('[{"a":1,"b":2},{"b":2,"a":1},{"a":2,"b":1}]')).duplicate_rows).toBe(1);
  });

  it("keep rows apart that differ only inside a list", async () => {
    expect((await profile('[{"a":[1,2]},{"a":[2,1]},{"a":[1,2]}]')).duplicate_rows).toBe(1);
  });

  it("with escaped and long strings, cut anywhere, read the same", async () => {
    const text = JSON.stringify([{ s: `é"\\\n${"x".repeat(20_000)}` }, { s: "short" }]);
    expect(columnOf(await profile(text), "s")).toMatchObject({
      count: 2,
      length: { min: 5, max: 20_004, mean: 10_004.5 },
    });
  });

  it("that are wrong are refused with line and column", async () => {
    const failure = await failureOf(
      profile('[\n  {"a": 1},\n  {"a": oops}\n]', { mediaType: "application/json" }),
    );
    expect(failure).toMatchObject({ code: "BAD_JSON", retryable: false, data: { line: 3, column: 9 } });
  });

  it("that are wrong far behind the beginning are refused with line and column too", async () => {
    const rows = Array.from({ length: 5000 }, (_, index) => `{"a": ${index}}`).join(",\n");
    const failure = await failureOf(profile(`[${rows},\n{"a" 1}]`));
    expect(failure).toMatchObject({ code: "BAD_JSON", data: { line: 5001, column: 6 } });
  });

  it("that are cut off are refused", async () => {
    expect((await failureOf(profile('[{"a":1},{"a":2}'))).message).toContain("cut off");
  });

  it("that hold no rows are refused by what they hold", async () => {
    const failure = await failureOf(profile('{"name":"hive","version":{"major":1}}'));
    expect(failure).toMatchObject({ code: "NOT_A_TABLE", data: { keys: ["name", "version"] } });
    expect((await failureOf(profile("hello", { mediaType: "application/json" }))).code).toBe("BAD_JSON");
  });

  it("that are made to exhaust memory are refused", async () => {
    expect((await failureOf(profile("[".repeat(100_000)))).code).toBe("TOO_DEEP");
    expect((await failureOf(profile(`["${"x".repeat(3_000_000)}"]`))).code).toBe("VALUE_TOO_LARGE");
    expect((await failureOf(profile(`[{"${"x".repeat(3_000_000)}":1}]`))).code).toBe("VALUE_TOO_LARGE");
  });

  it("with __proto__ as a key have a column of that name", async () => {
    expect(shapeOf(await profile('[{"__proto__":1,"constructor":2}]'))).toEqual([
      ["__proto__", "integer", 1],
      ["constructor", "integer", 1],
    ]);
  });
});

import { describe, expect, it } from "vitest";
import { columnOf, failureOf, profile } from "../inputs.js";

describe("CSV tables", () => {
  it.each([
    ["comma", ","],
    ["semicolon", ";"],
    ["tab", "\t"],
    ["bar", "|"],
  ])("with a %s are told by their first lines", async (_, delimiter) => {
    const lines =
      ["name", "note", "size"].join(delimiter) +
      "\n" +
      `Ann${delimiter}"a${delimiter}b"${delimiter}3\n`.repeat(5);
    const table = await profile(lines, { mediaType: "text/csv" });
    expect(table.format).toMatchObject({ kind: "csv", delimiter, header: true });
    expect(table.columns.map(({ name, type }) => [name, type])).toEqual([
      ["name", "text"],
      ["note", "text"],
      ["size", "integer"],
    ]);
    expect(columnOf(table, "note").top?.[0]?.value).toBe(`a${delimiter}b`);
  });

  it("with a header and nothing below it say just that", async () => {
    expect((await profile("a,b\n")).finding).toBe(
      "0 rows × 2 columns: there is a header, a, b, and nothing below it.",
    );
    expect((await profile("one,two,three,four,five,six,seven\n")).finding).toBe(
      "0 rows × 7 columns: there is a header, one, two, three, four, five and 2 more, and nothing below it.",
    );
  });

  it("keep quotes, doubled quotes and line breaks inside cells", async () => {
    const table = await profile('id,text\r\n1,"say ""hi"""\r\n2,"two\r\nlines"\r\n3,"say ""hi"""\r\n');
    expect(table.rows).toBe(3);
    expect(columnOf(table, "text").top).toEqual([
      { value: 'say "hi"', count: 2, share: 0.666666666667 },
      expect.anything(),
    ]);
  });

  it("with a byte order mark have no mark in the first name", async () => {
    expect((await profile("\ufeffid,x\n1,2\n")).columns.map(({ name }) => name)).toEqual(["id", "x"]);
  });

  it("with ragged rows count short and long ones and read what is there", async () => {
    const table = await profile("a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n");
    expect(table.ragged).toEqual({ short: 1, long: 1, first_rows: [2, 3] });
    expect(columnOf(table, "c")).toMatchObject({ count: 3, missing: 1, max: 12 });
  });

  it("without a header get numbered columns and lose no row", async () => {
    const table = await profile("1,2.5,x\n2,3.5,y\n");
    expect(table.format.header).toBe(false);
    expect(table.rows).toBe(2);
    expect(table.columns.map(({ name }) => name)).toEqual(["column_1", "column_2", "column_3"]);
  });

  it("believe what they are told about the header", async () => {
    expect((await profile("x,y\na,b\n", { header: false })).rows).toBe(2);
    expect((await profile("1,2\n3,4\n", { header: true })).columns.map(({ name }) => name)).toEqual([
      "1",
      "2",
    ]);
  });

  it("name empty and repeated columns apart", async () => {
    const table = await profile(",x,x\n1,2,3\n4,5,6\n");
    expect(table.columns.map(({ name }) => name)).toEqual(["column_1", "x", "x_2"]);
  });

  it("with semicolons may write a decimal comma", async () => {
    expect(columnOf(await profile("ort;wert\nA;1,5\nB;2,5\n"), "wert")).toMatchObject({
      type: "number",
      mean: 2,
    });
  });

  it("keep postal codes as text", async () => {
    const zip = columnOf(await profile("zip,n\n00501,1\n10001,2\n02134,3\n"), "zip");
    expect(zip).toMatchObject({ type: "text", note: expect.stringContaining("leading zeros") });
  });

  it("find out which of two numbers is the month", async () => {
    const days = columnOf(await profile("d,n\n03/04/2021,1\n25/04/2021,2\n"), "d");
    expect(days).toMatchObject({ type: "date", min: "2021-04-03", max: "2021-04-25" });
    const months = columnOf(await profile("d,n\n03/04/2021,1\n04/25/2021,2\n"), "d");
    expect(months).toMatchObject({ type: "date", min: "2021-03-04", max: "2021-04-25" });
    const open = columnOf(await profile("d,n\n03/04/2021,1\n05/04/2021,2\n"), "d");
    expect(open.note).toContain("cannot be told apart");
  });

  it("with a few wrong cells still know the type of the column", async () => {
    const rows = Array.from({ length: 99 }, (_, index) => `${index}`).join("\n");
    const value = columnOf(await profile(`value\n${rows}\noops\n`, { header: true }), "value");
    expect(value).toMatchObject({ type: "integer", kinds: { integer: 99, text: 1 }, max: 98 });
  });

  it("count rows that repeat an earlier one", async () => {
    expect((await profile("a,b\n1,x\n2,y\n1,x\n1,x\n")).duplicate_rows).toBe(2);
  });

  it("of one line, of one column and of nothing but a header are tables too", async () => {
    expect((await profile("a,b,c\n")).rows).toBe(0);
    expect((await profile("n\n1\n2\n")).columns).toHaveLength(1);
  });

  it("with an open quote are refused with the line where it opens", async () => {
    const failure = await failureOf(profile('a,b\n1,2\n3,"open\n4,5\n'));
    expect(failure).toMatchObject({ code: "BAD_CSV", retryable: false });
    expect(failure.data).toMatchObject({ line: 3, column: 2, rows_read: 1 });
    expect(failure.message).toContain("a quote opens in line 3, column 2, and is never closed");
  });

  it.each([
    ["", 3_000_000],
    ['"', 3_000_000],
    ['"', 1_048_577],
  ])(
    "with too long a cell (quote: %s) are refused with its line, its length and the limit",
    async (quote, bytes) => {
      const text = `a,b\n1,"two\nlines"\n2,${quote}${"x".repeat(bytes)}${quote}\n3,y\n`;
      const failure = await failureOf(profile(text));
      expect(failure).toMatchObject({ code: "BAD_CSV", retryable: false });
      expect(failure.data).toMatchObject({
        line: 4,
        column: 2,
        cell_bytes: bytes,
        limit_bytes: 1_048_576,
        rows_read: 1,
      });
      const long = `the cell in line 4, column 2, has ${bytes.toLocaleString("en")} bytes`;
      expect(failure.message).toContain(`${long}; 1,048,576 bytes are the most`);
      expect(failure.message).not.toContain("quote");
    },
  );

  it("with a cell that is too long and runs over many lines say so, as a quote may be too many", async () => {
    const failure = await failureOf(profile(`a,b\n1,"${"2,3\n".repeat(500_000)}"\n`));
    expect(failure.data).toMatchObject({ line: 2, column: 2, cell_bytes: 2_000_000 });
    expect(failure.message).toContain("runs over 500,001 lines");
  });

  it("with a row of very many cells are refused with the length of the row", async () => {
    const failure = await failureOf(profile(`a,b\n1,2\n${"123456789,".repeat(200_000)}1\n`));
    expect(failure.data).toMatchObject({ line: 3, row_bytes: 1_800_001 });
    expect(failure.message).toContain("1,800,001 bytes in 200,001 cells");
  });

  it("with a record that never ends are refused before it fills the memory", async () => {
    const failure = await failureOf(profile(`a,b\n1,"${"x".repeat(3_000_000)}`));
    expect(failure).toMatchObject({ code: "BAD_CSV", data: { line: 2, column: 2 } });
    expect(failure.message).toContain("never closed");
  });

  it("of very many columns are profiled up to a bound, and say so", async () => {
    const names = Array.from({ length: 300 }, (_, index) => `c${index}`).join(",");
    const table = await profile(`${names}\n${new Array(300).fill("1").join(",")}\n`);
    expect(table.columns_total).toBe(300);
    expect(table.columns).toHaveLength(256);
    expect(table.notes[0]).toContain("44 columns");
  });
});

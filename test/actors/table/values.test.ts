import { describe, expect, it } from "vitest";
import { emptyReading, readText, type ValueKind } from "../../../actors/table/value.js";

function read(text: string, decimalComma = false): { kind: ValueKind; number: number; code: boolean } {
  const reading = emptyReading();
  readText(text, { decimalComma, missing: new Set(["unknown"]) }, reading);
  return reading;
}

describe("cell values", () => {
  it.each<[string, ValueKind, number?]>([
    ["42", "integer", 42],
    ["-7", "integer", -7],
    ["+3", "integer", 3],
    ["3.0", "number", 3],
    [".5", "number", 0.5],
    ["1e3", "number", 1000],
    ["-2.5E-3", "number", -0.0025],
    ["1,234,567", "integer", 1_234_567],
    ["$1,234.50", "number", 1234.5],
    ["12%", "number", 12],
    ["(1,200)", "integer", -1200],
    ["1,2,3", "text"],
    ["12 Main St", "text"],
    ["1.2.3", "text"],
    ["00501", "text"],
    ["12345678901234567890", "text"],
    ["0E8", "text"],
    ["0", "integer", 0],
    ["", "missing"],
    ["NA", "missing"],
    ["n/a", "missing"],
    ["NULL", "missing"],
    ["-", "missing"],
    ["Unknown", "missing"],
    ["None", "text"],
    ["Nathan", "text"],
    ["true", "boolean", 1],
    ["FALSE", "boolean", 0],
    ["yes", "boolean", 1],
    ["2021-02-28", "date", Date.UTC(2021, 1, 28)],
    ["2021-02-30", "text"],
    ["2021/3/4 05:06", "date", Date.UTC(2021, 2, 4, 5, 6)],
    ["2021-03-04T05:06:07.250Z", "date", Date.UTC(2021, 2, 4, 5, 6, 7, 250)],
    ["2021-03-04T05:06:07+02:00", "date", Date.UTC(2021, 2, 4, 3, 6, 7)],
    ["Jun 12 1998", "date", Date.UTC(1998, 5, 12)],
    ["12 June 1998", "date", Date.UTC(1998, 5, 12)],
    ["December 25th, 1851", "date", Date.UTC(1851, 11, 25)],
    ["Mayor 12 1998", "text"],
    ["Room 12", "text"],
  ])("reads %j as %s", (text, kind, number) => {
    const reading = read(text);
    expect(reading.kind).toBe(kind);
    if (number !== undefined) expect(reading.number).toBe(number);
  });

  it("reads a decimal comma only where the table writes one", () => {
    expect(read("3,14", true)).toMatchObject({ kind: "number", number: 3.14 });
    expect(read("1.234,5", true)).toMatchObject({ kind: "number", number: 1234.5 });
    expect(read("3,14", false).kind).toBe("text");
  });

  it("knows digits that are codes", () => {
    expect(read("00501").code).toBe(true);
    expect(read("10001").code).toBe(false);
    expect(read("98765432109876543210").code).toBe(true);
  });
});

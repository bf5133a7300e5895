// What a table profile looks like from outside: the schema of the result, and the types drawn from it.

import { z } from "zod";

export const columnType = z.enum(["integer", "number", "boolean", "date", "text", "list", "mixed", "empty"]);
export type ColumnType = z.infer<typeof columnType>;

/** Dates are ISO strings, everything else a number. */
const bound = z.union([z.number(), z.string()]);

export const outlierShape = z.object({
  method: z
    .enum(["iqr", "3-sigma"])
    .describe("fences 1.5 interquartile ranges out; 3 deviations where that range is 0"),
  low_fence: z.number(),
  high_fence: z.number(),
  count: z.number().int(),
  estimated: z.boolean().describe("the count comes from a sketch"),
  examples: z
    .array(z.object({ row: z.number().int(), value: z.number() }))
    .describe("the most extreme, rows from 1"),
});

export const columnShape = z.object({
  name: z.string(),
  type: columnType,
  kinds: z
    .record(z.string(), z.number().int())
    .optional()
    .describe("cells by kind, where there is more than one"),
  count: z.number().int().describe("cells with a value"),
  missing: z.number().int(),
  missing_share: z.number(),
  distinct: z.number().int(),
  distinct_estimated: z.boolean(),
  min: bound.optional(),
  max: bound.optional(),
  mean: z.number().optional(),
  std: z.number().optional(),
  quantiles: z
    .object({ p05: z.number(), p25: z.number(), p50: z.number(), p75: z.number(), p95: z.number() })
    .optional(),
  quantiles_estimated: z.boolean().optional(),
  outliers: outlierShape.optional(),
  histogram: z.object({ edges: z.array(z.number()), counts: z.array(z.number().int()) }).optional(),
  length: z
    .object({ min: z.number(), max: z.number(), mean: z.number() })
    .optional()
    .describe("of texts or lists"),
  top: z.array(z.object({ value: z.string(), count: z.number().int(), share: z.number() })).optional(),
  top_undercount: z.number().int().optional().describe("each count in top may be too low by up to this"),
  note: z.string().optional(),
});
export type ColumnProfile = z.infer<typeof columnShape>;

export const correlationShape = z.object({
  a: z.string(),
  b: z.string(),
  r: z.number().describe("Pearson's correlation"),
  n: z.number().int().describe("rows in which both columns have a number"),
});
export type Correlation = z.infer<typeof correlationShape>;

export const tableProfileShape = z.object({
  finding: z.string().describe("the most interesting fact, in one sentence"),
  format: z.object({
    kind: z.enum(["csv", "json", "ndjson"]),
    encoding: z.string(),
    delimiter: z.string().optional(),
    header: z.boolean().optional(),
    table: z.string().optional().describe("where in the JSON document the table lies"),
  }),
  bytes: z.number().int(),
  rows: z.number().int(),
  columns_total: z.number().int(),
  columns: z.array(columnShape),
  duplicate_rows: z.number().int().nullable().describe("null: more rows than are remembered"),
  correlations: z.array(correlationShape).describe("the strongest pairs"),
  ragged: z
    .object({ short: z.number().int(), long: z.number().int(), first_rows: z.array(z.number().int()) })
    .optional()
    .describe("rows with fewer or more cells than the header"),
  other_tables: z.array(z.object({ table: z.string(), rows: z.number().int(), columns: z.number().int() })),
  notes: z.array(z.string()),
});
export type TableProfile = z.infer<typeof tableProfileShape>;

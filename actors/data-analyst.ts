// The data analyst: profiles a table, whatever its size. CSV (any delimiter), JSON (lists of objects or of lists,
// objects of lists, GeoJSON, tables inside other objects) and NDJSON; the way through is in table/profile-table.ts.
// Memory is bounded at any length of input; exact figures become estimates where a field of the result says so.

import { defineAgent } from "hive/agent";
import { z } from "zod";
import { contentFields, hasOneContent, ONE_CONTENT, openContent } from "./stream/task-input.js";
import { TABLE_MEDIA_TYPES } from "./table/format.js";
import { profileTable } from "./table/profile-table.js";
import { type TableProfile, tableProfileShape } from "./table/shapes.js";

const profileInput = z
  .object({
    ...contentFields,
    delimiter: z.string().length(1).optional().describe("of CSV; found from the first lines by default"),
    header: z.boolean().optional().describe("whether the first row names the columns; found by default"),
    max_categories: z.number().int().min(1).max(50).default(5).describe("most frequent values per column"),
    histogram: z.boolean().default(false).describe("twelve bins for each numeric column"),
    missing_values: z
      .array(z.string().max(100))
      .max(50)
      .default([])
      .describe("further spellings of no value"),
  })
  .refine(hasOneContent, ONE_CONTENT);

export default defineAgent({
  module: import.meta.url,
  name: "data-analyst",
  version: "1.0.0",
  description:
    "Profiles tables in CSV, JSON or NDJSON: types, missing values, distributions, outliers, correlations, categories",
  type: "specialist",
  capabilities: [
    { name: "data_analysis", proficiency: 0.9 },
    { name: "statistics", proficiency: 0.8 },
  ],
  maxConcurrent: 1,
  instances: { min: 1, max: 4 },
  actions: {
    profile: {
      types: ["profile_table", "data_analysis"],
      accepts: TABLE_MEDIA_TYPES,
      input: profileInput,
      output: tableProfileShape,
      run(ctx, input): Promise<TableProfile> {
        const { open, mediaType, pacer } = openContent(ctx, input);
        const options = {
          mediaType,
          delimiter: input.delimiter,
          header: input.header,
          maxCategories: input.max_categories,
          histogram: input.histogram,
          missingValues: input.missing_values,
        };
        return profileTable(open, options, pacer);
      },
    },
  },
});

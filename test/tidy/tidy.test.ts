import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { type Files, inHouseWith, tidyWith } from "./tree.js";

// Why in pieces: the words themselves, written out, would be findings in this very file.
const LATER = ["TO", "DO"].join("");
const ONLY = ["on", "ly"].join("");
const SKIP = ["sk", "ip"].join("");

const alive = (text: string): Files => ({ "src/hub.ts": text });
const lines = (count: number): string => "// a line\n".repeat(count);
const body = (count: number): string => "  one();\n".repeat(count);

interface Case {
  readonly rule: string;
  readonly planted: Files;
  readonly at: string;
  readonly says: string;
}

const VIOLATIONS: readonly Case[] = [
  {
    rule: "a room that imports a higher floor",
    planted: {
      "src/wire/envelope.ts": 'import { three } from "../store/journal.js";\nexport const two = three;\n',
    },
    at: "src/wire/envelope.ts:1",
    says: "wire (floor 1) imports store (floor 2)",
  },
  {
    rule: "a higher floor imported for its types only",
    planted: {
      "src/wire/envelope.ts":
        'import type { three } from "../hub/intake.js";\nexport const two = 1 as typeof three;\n',
    },
    at: "src/wire/envelope.ts:1",
    says: "wire (floor 1) imports hub (floor 5)",
  },
  {
    rule: "two rooms of one floor",
    planted: {
      "src/ring/writer.ts": 'import { three } from "../store/journal.js";\nexport const write = three;\n',
      ...alive('export { four } from "./hub/intake.js";\nexport { write } from "./ring/writer.js";\n'),
    },
    at: "src/ring/writer.ts:1",
    says: "ring (floor 2) imports store (floor 2)",
  },
  {
    rule: "a product file that imports a test",
    planted: {
      "test/probe.ts": "export {};\n",
      "src/hub/intake.ts": 'import "../../test/probe.js";\nexport const four = 4;\n',
    },
    at: "src/hub/intake.ts:1",
    says: "the product must not know test/",
  },
  {
    rule: "a product file that imports the package by name",
    planted: { "src/hub/intake.ts": 'import { two } from "hive";\nexport const four = two;\n' },
    at: "src/hub/intake.ts:1",
    says: "by its own name",
  },
  {
    rule: "a room without a floor",
    planted: {
      "src/cellar/wine.ts": "export const wine = 1;\n",
      ...alive('export { wine } from "./cellar/wine.js";\n'),
    },
    at: "src/cellar/wine.ts:1",
    says: 'room "cellar" has no floor',
  },
  {
    rule: "a room named utils",
    planted: {
      "src/utils/strings.ts": "export const x = 1;\n",
      ...alive('export { x } from "./utils/strings.js";\n'),
    },
    at: "src/utils/strings.ts:1",
    says: '"utils" says nothing',
  },
  {
    rule: "an index file in a room",
    planted: {
      "src/base/index.ts": "export const x = 1;\n",
      ...alive('export { x } from "./base/index.js";\n'),
    },
    at: "src/base/index.ts:1",
    says: "a room has no index file",
  },
  {
    rule: "a fifth entry",
    planted: { "src/extra.ts": "export const x = 1;\n" },
    at: "src/extra.ts:1",
    says: "live directly in src/",
  },
  {
    rule: "an agent that imports our sources",
    planted: { "actors/clerk.ts": 'import { two } from "../src/wire/envelope.js";\nexport default two;\n' },
    at: "actors/clerk.ts:1",
    says: 'import "hive"',
  },
  {
    rule: "an agent that imports another entry",
    planted: { "actors/clerk.ts": 'import { four } from "hive/hub";\nexport default four;\n' },
    at: "actors/clerk.ts:1",
    says: 'imports "hive/hub"',
  },
  {
    rule: "an import cycle inside a room",
    planted: {
      "src/base/ids.ts": 'import { b } from "./b.js";\nexport const one = 1 + b;\n',
      "src/base/b.ts": '// more\n\nimport { one } from "./ids.js";\nexport const b = one;\n',
    },
    at: "src/base/b.ts:3",
    says: "import cycle",
  },
  {
    rule: "a dead file",
    planted: { "src/hub/forgotten.ts": "export const x = 1;\n" },
    at: "src/hub/forgotten.ts:1",
    says: "dead file",
  },
  {
    rule: "a dead file that its own test imports",
    planted: {
      "src/hub/forgotten.ts": "export const x = 1;\n",
      "test/hub/forgotten.test.ts": 'import "../../src/hub/forgotten.js";\n',
    },
    at: "src/hub/forgotten.ts:1",
    says: "dead file",
  },
  {
    rule: "a library outside its file",
    planted: { "src/hub/intake.ts": 'import { open } from "lmdb";\nexport const four = open;\n' },
    at: "src/hub/intake.ts:1",
    says: "only src/store/database.ts knows it",
  },
  {
    rule: "a library that nobody owns yet, in a second file",
    planted: {
      "actors/clerk.ts": 'import "csv-parse/sync";\nexport default 1;\n',
      "actors/scribe.ts": 'import "csv-parse";\nexport default 1;\n',
    },
    at: "actors/scribe.ts:1",
    says: "only actors/clerk.ts knows it",
  },
  {
    rule: "zod where no shapes are declared",
    planted: { "src/store/journal.ts": 'import { z } from "zod";\nexport const three = z;\n' },
    at: "src/store/journal.ts:1",
    says: "zod belongs where shapes are declared",
  },
  {
    rule: "a library that is no dependency",
    planted: { "src/hub/intake.ts": 'import left from "left-pad";\nexport const four = left;\n' },
    at: "src/hub/intake.ts:1",
    says: "not in package.json dependencies",
  },
  {
    rule: "the addon loaded by a second file",
    planted: { "src/hub/intake.ts": 'export const four = () => load("../native/build/hive.node");\n' },
    at: "src/hub/intake.ts:1",
    says: "only src/base/addon.ts does",
  },
  {
    rule: "a heavy library in every thread",
    planted: {
      "src/store/database.ts": 'import { open } from "lmdb";\nexport const database = open;\n',
      "src/store/journal.ts": 'export { database as three } from "./database.js";\n',
      "src/index.ts": 'export { three } from "./store/journal.js";\n',
    },
    at: "src/store/database.ts:1",
    says: 'every thread would load "lmdb" (src/index.ts > src/store/journal.ts > src/store/database.ts)',
  },
  {
    rule: "Node in the client",
    planted: { "src/base/ids.ts": 'import { join } from "node:path";\nexport const one = join;\n' },
    at: "src/base/ids.ts:1",
    says: 'a browser has no "node:path"',
  },
  {
    rule: "a file of more than 400 lines",
    planted: { "src/base/ids.ts": `export const one = 1;\n${lines(400)}` },
    at: "src/base/ids.ts:1",
    says: "401 lines, at most 400",
  },
  {
    rule: "a line of more than 120 characters",
    planted: { "src/base/ids.ts": `export const one = 1;\n// ${"x".repeat(118)}\n` },
    at: "src/base/ids.ts:2",
    says: "121 characters, at most 120",
  },
  {
    rule: "a long function",
    planted: { "src/base/ids.ts": `export const one = 1;\nfunction long(a: number): void {\n${body(69)}}\n` },
    at: "src/base/ids.ts:2",
    says: "long has 71 lines, at most 70",
  },
  {
    rule: "a long method whose return type holds braces",
    planted: { "src/base/ids.ts": `export class One {\n  long(): Promise<{ a: 1 }> {\n${body(69)}}\n}\n` },
    at: "src/base/ids.ts:2",
    says: "long has 71 lines",
  },
  {
    rule: "a long arrow function",
    planted: {
      "src/base/ids.ts": `export const one = async (a: string): Promise<void> => {\n${body(69)}};\n`,
    },
    at: "src/base/ids.ts:1",
    says: "one has 71 lines",
  },
  {
    rule: "a long test",
    planted: { "test/hub/intake.test.ts": `describe("x", () => {\ntest("y", () => {\n${body(69)}});\n});\n` },
    at: "test/hub/intake.test.ts:2",
    says: "the function given to test has 71 lines",
  },
  {
    rule: "a long native function",
    planted: { "native/addon.cc": `int separators = 1'000;\nvoid Long(int a) noexcept {\n${body(69)}}\n` },
    at: "native/addon.cc:2",
    says: "Long has 71 lines",
  },
  {
    rule: "a promise without a reason",
    planted: { "src/base/ids.ts": `export const one = 1; // ${LATER}: later\n` },
    at: "src/base/ids.ts:1",
    says: `${LATER} without a reason`,
  },
  {
    rule: "a test that hides the others",
    planted: {
      "test/hub/intake.test.ts": `import { test } from "vitest";\n\ntest.${ONLY}("adds", () => {});\n`,
    },
    at: "test/hub/intake.test.ts:3",
    says: "hides tests",
  },
  {
    rule: "a test that is switched off",
    planted: { "test/hub/intake.test.ts": `describe.concurrent.${SKIP}("adds", () => {});\n` },
    at: "test/hub/intake.test.ts:1",
    says: "hides tests",
  },
  {
    rule: "a read of the environment",
    planted: { "src/hub/intake.ts": "export const four = process.env.FOUR;\n" },
    at: "src/hub/intake.ts:1",
    says: "reads process.env",
  },
  {
    rule: "a read of the arguments through an import",
    planted: { "src/hub/intake.ts": '\nimport { argv } from "node:process";\nexport const four = argv;\n' },
    at: "src/hub/intake.ts:2",
    says: "reads process.argv",
  },
];

const PERMITTED: readonly { readonly what: string; readonly planted: Files }[] = [
  { what: "the small house as it stands", planted: {} },
  {
    what: "a heavy library that a thread's graph names in types only",
    planted: {
      "src/store/database.ts": 'import { open } from "lmdb";\nexport const database = open;\n',
      "src/store/journal.ts": 'import { database } from "./database.js";\nexport const three = database;\n',
      "src/index.ts": 'import type { three } from "./store/journal.js";\nexport type Three = typeof three;\n',
    },
  },
  {
    what: "files that are started by URL, loaded on demand, or named by a conditional import",
    planted: {
      "package.json": JSON.stringify({
        name: "hive",
        imports: {
          "#socket": { browser: "./dist/src/client/browser.js", default: "./dist/src/client/node.js" },
        },
      }),
      "src/client/browser.ts": "export const socket = 1;\n",
      "src/client/node.ts": 'import "node:net";\nexport const socket = 1;\n',
      "src/client.ts": 'export { socket } from "#socket";\n',
      "src/hub/intake.ts": [
        'export const four = new URL("./child.js", import.meta.url);',
        'export const five = () => import("./lazy.js");',
        "",
      ].join("\n"),
      "src/hub/child.ts": "export {};\n",
      "src/hub/lazy.ts": "export {};\n",
    },
  },
  {
    what: "two files of a room whose types name each other",
    planted: {
      "src/base/ids.ts": 'import type { B } from "./b.js";\nexport const one = 1;\nexport type A = B | 1;\n',
      "src/base/b.ts": 'import { one } from "./ids.js";\nexport type B = typeof one;\n',
    },
  },
  {
    what: "words in comments, strings, templates and regular expressions",
    planted: {
      "src/hub/intake.ts": [
        "// import { open } from 'lmdb'; process.env.HOME",
        "export const a = \"import x from 'lmdb'; process.argv\";",
        'export const b = `import y from "lmdb" ${a.length > 0 ? `{${a}` : "}"} process.env`;',
        'export const four = /["`{]process.env/.test(a) ? 4 / 2 / 1 : 0;',
        "",
      ].join("\n"),
    },
  },
  {
    what: "a function of exactly 70 lines, and longer classes, tables and describe blocks",
    planted: {
      "src/base/ids.ts": `export function one() {\n${body(68)}}\nexport class Long {\n${"  a = 1;\n".repeat(80)}}\n`,
      "test/hub/intake.test.ts": `describe.each([f(1)])("x", () => {\n${'test("y", () => {});\n'.repeat(80)}});\n`,
    },
  },
  {
    what: "a promise with its reason",
    planted: {
      "src/base/ids.ts": `export const one = 1; // ${LATER}: drop this when Node 20 is no longer supported\n`,
    },
  },
  {
    what: "the environment in the command line, where it is read",
    planted: { "src/cli/main.ts": "console.log(process.env.HOME, process.argv);\n" },
  },
  {
    what: "zod where shapes are declared",
    planted: { "src/wire/envelope.ts": 'import { z } from "zod";\nexport const two = z;\n' },
  },
];

describe("tidy", () => {
  test.each(VIOLATIONS)("fails on $rule", ({ planted, at, says }) => {
    const problems = tidyWith(planted).filter((line) => line.startsWith(`${at}: `));
    expect(problems.join("\n")).toContain(says);
  });

  test.each(PERMITTED)("permits $what", ({ planted }) => {
    expect(tidyWith(planted)).toEqual([]);
  });

  test("finds this repository in order", () => {
    const { status, lines } = runTidy(".");
    expect(lines.slice(0, -1)).toEqual([]);
    expect(status).toBe(0);
  });

  test("ends with status 1 and the count when something is to mend", () => {
    const planted = { "src/hub/forgotten.ts": "export const x = 1;\n" };
    const { status, lines } = inHouseWith(planted, runTidy);
    expect(status).toBe(1);
    expect(lines.at(-1)).toContain("1 to mend");
  });
});

function runTidy(root: string): { readonly status: number | null; readonly lines: readonly string[] } {
  const run = spawnSync(process.execPath, ["scripts/tidy.mjs", "--root", root], { encoding: "utf8" });
  return { status: run.status, lines: run.stdout.trim().split("\n") };
}

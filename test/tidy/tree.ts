// A small house in a temporary folder: in order as it stands, until a test plants something in it.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

export type Files = Readonly<Record<string, string>>;

const HOUSE: Files = {
  "package.json": JSON.stringify({
    name: "hive",
    exports: { ".": { default: "./dist/src/index.js" } },
    dependencies: { lmdb: "*", jose: "*", msgpackr: "*", zod: "*", pino: "*", "csv-parse": "*" },
  }),
  "src/base/ids.ts": "export const one = 1;\n",
  "src/wire/envelope.ts": 'import { one } from "../base/ids.js";\nexport const two = one + 1;\n',
  "src/store/journal.ts": 'import { two } from "../wire/envelope.js";\nexport const three = two + 1;\n',
  "src/hub/intake.ts": 'import { three } from "../store/journal.js";\nexport const four = three + 1;\n',
  "src/index.ts": 'export { two } from "./wire/envelope.js";\n',
  "src/hub.ts": 'export { four } from "./hub/intake.js";\n',
  "src/testkit.ts":
    'export { two } from "./wire/envelope.js";\nexport { three } from "./store/journal.js";\n',
  "src/client.ts": 'export { one } from "./base/ids.js";\n',
  "actors/clerk.ts": 'import { two } from "hive";\nexport default two;\n',
  "test/hub/intake.test.ts": 'import { test } from "vitest";\ntest("adds", () => {});\n',
};

type CheckHouse = (root: string) => { readonly problems: readonly string[] };
const rules: { readonly checkHouse: CheckHouse } = await import(
  pathToFileURL(resolve("scripts/tidy/check.mjs")).href
);

/** What `look` sees at the root of the small house with `planted` files in it. */
export function inHouseWith<Seen>(planted: Files, look: (root: string) => Seen): Seen {
  const root = mkdtempSync(join(tmpdir(), "hive-tidy-"));
  try {
    for (const [path, text] of Object.entries({ ...HOUSE, ...planted })) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return look(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** What tidy says about that house. */
export const tidyWith = (planted: Files): readonly string[] =>
  inHouseWith(planted, (root) => rules.checkHouse(root).problems);

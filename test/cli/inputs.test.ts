import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { collectInputs, mediaTypeOf } from "../../src/cli/inputs.js";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "hive-inputs-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function write(name: string, content: string | Uint8Array): string {
  const file = path.join(dir, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

test("files, directories and file URLs become inputs, in the order of names and without hidden files", () => {
  const url = pathToFileURL(write("z.md", "# z")).href;
  write("data/b.csv", "x\n1\n");
  write("data/a/deep.json", "[]");
  write("data/.hidden", "x");
  write("data/node_modules/m/readme.md", "x");
  const inputs = collectInputs(["data", url], dir);
  expect(inputs.map(({ name, mediaType, bytes, isNamed }) => [name, mediaType, bytes, isNamed])).toEqual([
    [path.join("data", "a", "deep.json"), "application/json", 2, false],
    [path.join("data", "b.csv"), "text/csv", 4, false],
    ["z.md", "text/markdown", 3, true],
  ]);
});

test("a file without a known ending is text when it reads as text, else bytes", () => {
  expect(mediaTypeOf(write("README", "plain words"))).toBe("text/plain");
  expect(mediaTypeOf(write("cut", `${"a".repeat(4_095)}é`))).toBe("text/plain");
  expect(mediaTypeOf(write("binary", new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 0xff])))).toBe(
    "application/octet-stream",
  );
});

test("a path that is not there and a directory with nothing in it are said so", () => {
  mkdirSync(path.join(dir, "empty"));
  expect(() => collectInputs(["none.csv"], dir)).toThrow("none.csv does not exist");
  expect(() => collectInputs(["empty"], dir)).toThrow("no files in empty");
});

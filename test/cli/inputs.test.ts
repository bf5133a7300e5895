import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { collectInputs, describeHidden, mediaTypeOf } from "../../src/cli/inputs.js";

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

test("files, directories and file URLs become inputs, in the order of names; what is hidden is told", () => {
  const url = pathToFileURL(write("z.md", "# z")).href;
  write("data/b.csv", "x\n1\n");
  write("data/a/deep.json", "[]");
  write("data/.hidden", "x");
  write("data/node_modules/m/readme.md", "x");
  const { inputs, leftOut, hidden } = collectInputs(["data", url], dir);
  expect(inputs.map(({ name, mediaType, bytes, isNamed }) => [name, mediaType, bytes, isNamed])).toEqual([
    [path.join("data", "a", "deep.json"), "application/json", 2, false],
    [path.join("data", "b.csv"), "text/csv", 4, false],
    ["z.md", "text/markdown", 3, true],
  ]);
  expect({ leftOut, hidden }).toEqual({ leftOut: [], hidden: [".hidden", "node_modules"] });
  expect(describeHidden(hidden)).toBe("1 hidden (.hidden) and node_modules");
});

test("a hidden file that is named is an input", () => {
  write(".env", "a=1");
  expect(collectInputs([".env"], dir).inputs).toMatchObject([{ name: ".env", isNamed: true }]);
});

test("links to files are followed; links to directories, broken ones and loops are left out with a reason", () => {
  write("table.csv", "x\n1\n");
  mkdirSync(path.join(dir, "data", "deep"), { recursive: true });
  const links = { "a.csv": "../table.csv", "deep/up": "..", above: "../..", gone: "nothing", self: "self" };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, path.join(dir, "data", name));
  const { inputs, leftOut } = collectInputs(["data"], dir);
  expect(inputs.map(({ name, mediaType, bytes }) => [name, mediaType, bytes])).toEqual([
    [path.join("data", "a.csv"), "text/csv", 4],
  ]);
  expect(leftOut.map(({ name, reason, isNamed }) => [path.relative("data", name), reason, isNamed])).toEqual([
    ["above", "is a link to a directory; name it to do its files", false],
    [path.join("deep", "up"), "is a link to a directory; name it to do its files", false],
    ["gone", "is a link that leads nowhere", false],
    ["self", "is a link that leads to itself", false],
  ]);
});

test("a link to a directory that is named is walked", () => {
  write("data/b.csv", "x\n1\n");
  symlinkSync("data", path.join(dir, "link"));
  expect(collectInputs(["link"], dir).inputs).toMatchObject([{ name: path.join("link", "b.csv") }]);
});

test("fifos, sockets and devices are left out with a reason and never opened", async () => {
  write("b.txt", "words");
  execFileSync("mkfifo", [path.join(dir, "pipe.txt")]);
  const server = createServer().listen(path.join(dir, "s"));
  await once(server, "listening");
  const { inputs, leftOut } = collectInputs([".", "pipe.txt", "/dev/null"], dir);
  server.close();
  expect(inputs.map(({ name }) => name)).toEqual(["b.txt"]);
  expect(leftOut).toEqual([
    { name: "pipe.txt", reason: "is a fifo", isNamed: false },
    { name: "s", reason: "is a socket", isNamed: false },
    { name: "pipe.txt", reason: "is a fifo", isNamed: true },
    { name: "/dev/null", reason: "is a device", isNamed: true },
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
  write("empty/.env", "a=1");
  execFileSync("mkfifo", [path.join(dir, "empty", "f")]);
  const reasons = `no files in empty; ${path.join("empty", "f")} is a fifo; left out: 1 hidden (.env)`;
  expect(() => collectInputs(["empty"], dir)).toThrow(reasons);
});

// Reads the project once: files, their masked code, their imports, and where each import leads.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { ENDINGS, FOLDERS, SKIPPED_FOLDERS } from "./house.mjs";
import { maskText } from "./mask.mjs";

const STATIC_IMPORT = /(?:^|[;}\n])\s*(import|export)(\s+type)?(?=[\s{*"'])((?:[^;"'`()]*?\bfrom)?)\s*["']/g;
const DYNAMIC_IMPORT = /\bimport\s*\(\s*["'`]/g;
const FILE_URL = /\bnew\s+URL\s*\(\s*["'`]/g;
const TYPE_POSITION = /(?:[:<|&,]|\b(?:typeof|as|extends|satisfies))\s*$/;

/** What the rules need: `{ root, packageJson, files: Map<path, file> }` with paths as the repository spells them. */
export function readProject(root) {
  const packageJson = existsSync(join(root, "package.json"))
    ? JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
    : {};
  const files = new Map();
  for (const folder of FOLDERS) {
    for (const path of listFiles(root, folder)) files.set(path, readSource(root, path));
  }
  const project = { root, packageJson, files };
  for (const file of files.values()) {
    for (const edge of file.imports) edge.target = resolveImport(project, file.path, edge.specifier);
  }
  return project;
}

function listFiles(root, folder) {
  if (!existsSync(join(root, folder))) return [];
  const found = [];
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!SKIPPED_FOLDERS.includes(entry.name)) found.push(...listFiles(root, path));
    } else if (ENDINGS.some((ending) => entry.name.endsWith(ending))) found.push(path);
  }
  return found;
}

function readSource(root, path) {
  const text = readFileSync(join(root, path), "utf8");
  const language = /\.(cc|h)$/.test(path) ? "cpp" : "ts";
  const { code, comments } = maskText(text, language);
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  const file = { path, text, code, comments, lineStarts, language, imports: [] };
  if (language === "ts") file.imports = findImports(file);
  return file;
}

/** The line, from 1, of a position in the file. */
export function lineAt(file, position) {
  let low = 0;
  let high = file.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (file.lineStarts[middle] <= position) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}

/** `kind` is "static", "dynamic" or "file" (a URL beside the module); `typeOnly` imports are erased by the compiler. */
function findImports(file) {
  const edges = [];
  const push = (match, kind, typeOnly) => {
    const quoteAt = match.index + match[0].length - 1;
    const end = file.text.indexOf(file.text[quoteAt], quoteAt + 1);
    const line = lineAt(file, quoteAt);
    edges.push({ specifier: file.text.slice(quoteAt + 1, end), kind, typeOnly, line, target: undefined });
  };
  for (const match of file.code.matchAll(STATIC_IMPORT)) {
    if (match[1] === "export" && match[3] === "") continue;
    push(match, "static", match[2] !== undefined);
  }
  for (const match of file.code.matchAll(DYNAMIC_IMPORT)) {
    push(match, "dynamic", TYPE_POSITION.test(file.code.slice(0, match.index)));
  }
  for (const match of file.code.matchAll(FILE_URL)) push(match, "file", false);
  return edges;
}

/** `{ file }` inside the repository, `{ library }`, `{ builtin }`, or `{}` for what is neither. */
function resolveImport(project, from, specifier) {
  if (specifier.startsWith("node:")) return { builtin: specifier };
  if (specifier.startsWith("#")) return { file: ownSubpath(project, specifier) };
  if (specifier.startsWith(".")) {
    return { file: sourceOf(project, posix.join(posix.dirname(from), specifier)) };
  }
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  if (name === project.packageJson.name) return { self: specifier };
  return /^[@a-zA-Z]/.test(name) && !name.includes(":") ? { library: name } : {};
}

/** The source behind a built path: `a.js` is `a.ts`, where there is one. */
export function sourceOf(project, path) {
  const plain = path.replace(/^\.\//, "").replace(/^dist\//, "");
  const asTypeScript = plain.replace(/\.js$/, ".ts");
  return [plain, asTypeScript, asTypeScript.replace(/\.d\.ts$/, ".ts")].find((one) => project.files.has(one));
}

/** `#name` through package.json `imports`; the browser's choice first, for that is the strict one. */
function ownSubpath(project, specifier) {
  const choices = builtPaths(project.packageJson.imports?.[specifier], "browser");
  return choices.map((path) => sourceOf(project, path)).find((path) => path !== undefined);
}

/** Every path named anywhere in a conditional `exports` or `imports` value, preferred condition first. */
export function builtPaths(value, preferred) {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  const keys = Object.keys(value).toSorted((a, b) => Number(b === preferred) - Number(a === preferred));
  return keys.flatMap((key) => builtPaths(value[key], preferred));
}

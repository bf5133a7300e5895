// The pages that people read, as text for the tests beside this file.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The root of the checkout: tests run there. */
export const ROOT = process.cwd();

export interface Page {
  /** Relative to the root. */
  readonly path: string;
  readonly text: string;
}

export function readPage(path: string): Page {
  return { path, text: readFileSync(join(ROOT, path), "utf8") };
}

/** README, CHANGELOG, the addon's page and everything in docs/. */
export function allPages(): Page[] {
  const docs = readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md"));
  return ["README.md", "CHANGELOG.md", "Cargo-free-build.md", ...docs.map((name) => `docs/${name}`)].map(
    readPage,
  );
}

export interface CodeBlock {
  readonly path: string;
  /** What follows the opening fence, such as `ts run`. */
  readonly info: string;
  readonly code: string;
}

const FENCE = /^```([^\n]*)\n([\s\S]*?)^```$/gm;

export function codeBlocks({ path, text }: Page): CodeBlock[] {
  return [...text.matchAll(FENCE)].map(([, info = "", code = ""]) => ({ path, info: info.trim(), code }));
}

/** The text without its code blocks. */
export function prose({ text }: Page): string {
  return text.replace(FENCE, "");
}

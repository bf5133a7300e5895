// Every promise in docs/semantics.md names tests that are there; every file that the pages name is there.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { allPages, prose, ROOT, readPage } from "./pages.js";

interface Proof {
  readonly file: string;
  readonly title: string;
}

/** One item of a list: its sentences in bold, and the tests it names. */
interface Promised {
  readonly bold: readonly string[];
  readonly proofs: readonly Proof[];
}

function readPromises(text: string): Promised[] {
  return text.split(/^(?=- |#)/m).map((item) => ({
    bold: [...item.matchAll(/\*\*([\s\S]+?)\*\*/g)].map(([, words = ""]) => words.replace(/\s+/g, " ")),
    proofs: [...item.matchAll(/`(test\/[\w/.-]+)\s›\s([^`]+)`/g)].map(([, file = "", title = ""]) => {
      return { file, title: title.replace(/\s+/g, " ") };
    }),
  }));
}

/** First arguments of `describe`, `it` and `test`, also behind `.each(…)` and `.runIf(…)`. */
const TITLE = /(?:\b(?:describe\w*|it|test)|\))\(\s*("(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`)/g;
/** What a title leaves open: `${seed}` in templates, `%s` and `$name` in tables. */
const OPEN_PART = /\$\{[^}]*\}|%[sdifjo]|\$\w+/;
const STATIC_CHARS_MIN = 8;

/** What the titles of a file may print as. */
function titlesOf(file: string): RegExp[] {
  const source = readFileSync(join(ROOT, file), "utf8");
  return [...source.matchAll(TITLE)].flatMap(([, literal = ""]) => {
    const parts = literal.slice(1, -1).replace(/\\(.)/g, "$1").split(OPEN_PART);
    if (parts.join("").length < STATIC_CHARS_MIN) return [];
    return [new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".+")}$`)];
  });
}

function isThere({ file, title }: Proof): boolean {
  if (!existsSync(join(ROOT, file))) return false;
  const titles = titlesOf(file);
  const last = title.split(" > ").at(-1) ?? "";
  return titles.some((one) => one.test(title) || one.test(last));
}

describe("docs/semantics.md", () => {
  const promises = readPromises(readPage("docs/semantics.md").text);

  it("names a test behind every promise", () => {
    const bare = promises.filter(({ bold, proofs }) => bold.length > 0 && proofs.length === 0);
    expect(bare.flatMap(({ bold }) => bold)).toEqual([]);
    expect(promises.flatMap(({ bold }) => bold).length).toBeGreaterThan(50);
  });

  it("names only tests that are there", () => {
    const missing = promises.flatMap(({ proofs }) => proofs.filter((proof) => !isThere(proof)));
    expect(missing.map(({ file, title }) => `${file} › ${title}`)).toEqual([]);
  });

  it("would notice a test that was renamed, or that says nothing", () => {
    const file = "test/ring/ring.test.ts";
    expect(isThere({ file, title: "a ring > refuses a message over the limit and goes on afterwards" })).toBe(
      true,
    );
    expect(isThere({ file, title: "delivers every payload equal and in order through 5 bytes" })).toBe(true);
    expect(isThere({ file, title: "refuses a message over the limit" })).toBe(false);
    expect(isThere({ file: "test/ring/gone.test.ts", title: "a ring" })).toBe(false);
  });
});

/** What `scripts/tidy/house.mjs` says, as far as it is looked at here. */
interface House {
  readonly ROOM_FLOORS: Readonly<Record<string, number>>;
  readonly LIBRARY_OWNERS: Readonly<Record<string, string>>;
}

const ROOMS =
  "base|wire|observe|ring|store|compute|client|actor|runtime|routing|access|hub|testkit|gateway|cli";
/** `actor/ref` and `src/actor/ref.ts` name the same file; `test/actor/…` does not. */
const NAMED_FILE = new RegExp(`(?<![\\w/.-])(?:src/)?((?:${ROOMS})/[a-z][a-z0-9-]*)(?![\\w/])`, "g");

function filesNamed(text: string): string[] {
  return [...text.matchAll(NAMED_FILE)].map(([, name = ""]) => `src/${name}.ts`);
}

function headComment(file: string): string {
  const lines = readFileSync(join(ROOT, file), "utf8").split("\n");
  return lines
    .slice(
      0,
      lines.findIndex((line) => !line.startsWith("//")),
    )
    .join("\n");
}

describe("files that are named", () => {
  it("in docs/architecture.md are there", () => {
    const named = filesNamed(readPage("docs/architecture.md").text);
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
    const other = readPage("docs/architecture.md").text.matchAll(
      /`((?:native|scripts|test)\/[\w/.-]+\.\w+)`/g,
    );
    expect([...other].map(([, file = ""]) => file).filter((file) => !existsSync(join(ROOT, file)))).toEqual(
      [],
    );
  });

  it("stand by room and floor, and by library, as the house rules have them", async () => {
    const house = (await import(pathToFileURL(join(ROOT, "scripts/tidy/house.mjs")).href)) as House;
    const { text } = readPage("docs/architecture.md");
    const drawn = [...text.matchAll(/^\| (\d) \| `(\w+)` \|/gm)].map(([, floor, room]) => [
      room,
      Number(floor),
    ]);
    const rooms = readdirSync(join(ROOT, "src"), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    const floors = rooms.map(({ name }) => [name, house.ROOM_FLOORS[name]]);
    expect(Object.fromEntries(drawn)).toEqual(Object.fromEntries(floors));
    for (const [library, owner] of Object.entries(house.LIBRARY_OWNERS)) {
      if (existsSync(join(ROOT, owner))) expect(text).toMatch(new RegExp(`${library}\\s+\`${owner}\``));
    }
  });

  it("by the heads of the three ways are there, and stand in docs/architecture.md", () => {
    const drawn = new Set(filesNamed(readPage("docs/architecture.md").text));
    for (const head of ["src/actor/ref.ts", "src/hub/intake.ts", "src/actor/supervision.ts"]) {
      const named = filesNamed(headComment(head));
      expect(named.length, head).toBeGreaterThan(5);
      expect(
        named.filter((file) => !existsSync(join(ROOT, file)) || !drawn.has(file)),
        head,
      ).toEqual([]);
    }
  });

  it("by links between the pages are there", () => {
    const broken = allPages().flatMap((page) => {
      const links = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(
        ([, link = ""]) => link.split("#")[0] ?? "",
      );
      const local = links.filter((link) => link !== "" && !/^[a-z]+:/.test(link));
      const from = dirname(join(ROOT, page.path));
      return local.filter((link) => !existsSync(join(from, link))).map((link) => `${page.path}: ${link}`);
    });
    expect(broken).toEqual([]);
  });
});

// `hive start --check` loads the agents as a hub would, and tells all that is wrong with them.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AGENT_PATH_EXPECTED } from "../../src/hub/definitions.js";
import { agentCode, writeModule } from "./agent-modules.js";
import { hive, type Outcome } from "./hive.js";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "hive-agents-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe("hive start --check loads the agents", () => {
  test("paths that are not there, that hold no agent and that do not load are named, all of them", async () => {
    writeModule(dir, "broken.js", "throw new Error('no luck');");
    writeModule(dir, "empty.js", "export default 1;");
    const paths = "shipped,none.js,broken.js,empty.js";
    const { exitCode, stdout, stderr } = await hive(["start", "--check", "--set", `agents.paths=${paths}`], {
      cwd: dir,
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 78, stdout: "" });
    const lines = stderr.trim().split("\n");
    const expected = `expected ${AGENT_PATH_EXPECTED}`;
    const at = (file: string): string => path.join(dir, file);
    expect(lines).toEqual([
      `agents.paths: cannot read ${at("none.js")} (ENOENT); ${expected}`,
      `agents.paths: the module ${at("broken.js")} cannot be loaded: no luck (${at("broken.js")}:1)`,
      `agents.paths: no agent at ${at("empty.js")}; ${expected}`,
    ]);
  });

  test("a module that keeps the process open ends with the check, and two agents of one name are refused", async () => {
    const agent = `setInterval(() => 0, 1e6);
${agentCode("twin")}`;
    writeModule(dir, "a.js", agent);
    writeModule(dir, "b.js", agent);
    const one = await hive(["start", "--check", "--set", "agents.paths=a.js"], { cwd: dir });
    expect(one).toMatchObject({ exitCode: 0, stderr: "" });
    const both = await hive(["start", "--check", "--set", "agents.paths=a.js,b.js"], { cwd: dir });
    expect(both.exitCode).toBe(78);
    expect(both.stderr).toMatch(
      /^agents\.paths: two agents are called "twin": .*a\.js and .*b\.js; rename one$/m,
    );
  });

  test("every broken module of a directory is named with file and line, as is a broken import", async () => {
    mkdirSync(path.join(dir, "agents", "lib"), { recursive: true });
    const write = (name: string, code: string): void => writeModule(dir, `agents/${name}`, code);
    write("syntax.js", "const fine = 1;\nconst err err;\n");
    write("lib/deep.js", "\n\nlet let let;\n");
    write("nested.js", 'import "./lib/deep.js";\n');
    write("throws.js", "\n\n\nthrow new TypeError('no luck');\n");
    write("bare.js", "throw 5;\n");
    write("name.js", `\nimport { nothing } from "./good.js";\n`);
    write("json.js", `\nJSON.parse("{");\n`);
    write("good.js", agentCode("good"));
    const { exitCode, stdout, stderr } = await check("agents");
    expect({ exitCode, stdout }).toEqual({ exitCode: 78, stdout: "" });
    const at = (name: string): string => path.join(dir, "agents", name);
    const faults = stderr.trim().split("\n");
    expect(faults.map((line) => /module \S+\/(\w+\.js) cannot be loaded: .+/.exec(line)?.[1])).toEqual([
      "bare.js",
      "json.js",
      "name.js",
      "nested.js",
      "syntax.js",
      "throws.js",
    ]);
    expect(faults[0]).toMatch(/loaded: 5$/);
    const places = ["json.js:2", "name.js:2", "lib/deep.js:3", "syntax.js:2", "throws.js:4"];
    for (const [index, place] of places.entries()) expect(faults[index + 1]).toContain(`(${at(place)})`);
  });

  test("what is left out of a directory of agents is said with the reason, and is no fault", async () => {
    mkdirSync(path.join(dir, "agents"));
    writeModule(dir, "agents/good.js", agentCode("good"));
    writeModule(dir, "agents/helper.js", "export const twice = (n) => 2 * n;");
    writeModule(dir, "linked.js", agentCode("linked"));
    symlinkSync(path.join(dir, "linked.js"), path.join(dir, "agents", "linked.js"));
    for (const name of ["draft.ts", "good.ts", "good.d.ts", "README.md"])
      writeModule(dir, `agents/${name}`, "");
    const { exitCode, stderr } = await check("agents");
    expect(exitCode).toBe(0);
    const at = (name: string): string => path.join(dir, "agents", name);
    const reasons = [
      [at("helper.js"), "it exports no agent made by defineAgent"],
      [at("draft.ts"), "only .js and .mjs are loaded"],
      [at("linked.js"), "it is a link"],
    ];
    const lines = stderr.trim().split("\n");
    expect(lines).toHaveLength(reasons.length);
    for (const [index, [file, reason]] of reasons.entries()) {
      expect(lines[index]).toContain(`warning: agents.paths: ${file} is left out: ${reason}`);
    }
    const { stdout } = await check("agents", "--json");
    expect((JSON.parse(stdout) as { warnings: string[] }).warnings).toHaveLength(reasons.length);
  });

  test("what a module prints while it loads goes to stderr, so that stdout stays one document", async () => {
    writeModule(dir, "chatty.js", `console.log("hello");\n${agentCode("chatty")}`);
    const { exitCode, stdout, stderr } = await check("chatty.js", "--json");
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "hello\n" });
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, warnings: [] });
  });

  test("a module that never finishes loading is said to be so", { timeout: 60_000 }, async () => {
    writeModule(dir, "endless.js", "await new Promise(() => undefined);");
    const { exitCode, stderr } = await check("endless.js");
    expect(exitCode).toBe(78);
    expect(stderr).toMatch(/endless\.js cannot be loaded: it has not finished within 10 s/);
  });

  test("a start with broken modules names the first with its line, and says how to see the others", async () => {
    writeModule(dir, "syntax.js", "\nconst err err;");
    writeModule(dir, "throws.js", "throw new Error('no luck');");
    const set = "agents.paths=syntax.js,throws.js";
    const { exitCode, stderr } = await hive(["start", "--port", "0", "--set", set], { cwd: dir });
    expect(exitCode).toBe(78);
    expect(stderr).toContain(`(${path.join(dir, "syntax.js")}:2); hive start --check lists 1 more`);
  });

  function check(paths: string, ...args: string[]): Promise<Outcome> {
    return hive(["start", "--check", "--set", `agents.paths=${paths}`, ...args], { cwd: dir });
  }
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { parse } from "smol-toml";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { nearestName } from "../../src/cli/nearest-name.js";
import { type FlagSetting, loadSettings, settingsToToml } from "../../src/cli/settings.js";
import { SETTING_KEYS } from "../../src/cli/settings-shape.js";

const shipped = new URL("../../../settings/", import.meta.url).pathname;
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "hive-settings-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

interface Given {
  toml?: string[];
  env?: Record<string, string>;
  flags?: FlagSetting[];
}

function load({ toml = [], env = {}, flags = [] }: Given) {
  const files = toml.map((text, index) => {
    const name = `s${index + 1}.toml`;
    writeFileSync(path.join(dir, name), text);
    return name;
  });
  return loadSettings({ files, env, flags, workingDir: dir });
}

function settingsOf(given: Given) {
  const result = load(given);
  if (!result.ok) throw new Error(result.problems.map((problem) => problem.message).join("\n"));
  return result.settings;
}

function problemsOf(given: Given): string[] {
  const result = load(given);
  return result.ok ? [] : result.problems.map((problem) => problem.message);
}

describe("layers", () => {
  test("without any layer the defaults hold, with paths absolute and zeros computed", () => {
    const settings = settingsOf({});
    expect(settings.server).toMatchObject({ host: "127.0.0.1", port: 8080 });
    expect(settings.data.dir).toBe(path.join(dir, "hive-data"));
    expect(settings.security.secret_file).toBe(path.join(dir, "hive-data", "secret"));
    expect(settings.neural).toEqual({
      mode: "basic",
      crossovers_file: path.join(dir, "hive-data", "crossovers.json"),
    });
    expect(settings.runtime.threads).toBe(Math.max(1, availableParallelism() - 1));
    expect(Object.isFrozen(settings) && Object.isFrozen(settings.server)).toBe(true);
  });

  test("files win over defaults, later files over earlier, the environment over files, flags over all", () => {
    const toml = ["[server]\nport = 1\nhost = 'a'\nmax_sockets = 7\n", "[server]\nport = 2\nhost = 'b'\n"];
    const env = { HIVE_SERVER__PORT: "3", HIVE_RUNTIME__THREADS: "2" };
    const flags = [{ flag: "--port", setting: "server.port", text: "4" }];
    expect(settingsOf({ toml: toml.slice(0, 1) }).server.port).toBe(1);
    expect(settingsOf({ toml }).server).toMatchObject({ port: 2, host: "b", max_sockets: 7 });
    expect(settingsOf({ toml, env }).server.port).toBe(3);
    expect(settingsOf({ toml, env, flags })).toMatchObject({ server: { port: 4 }, runtime: { threads: 2 } });
  });

  test("the neural mode is one of three, from any layer", () => {
    const toml = ["[neural]\nmode = 'advanced'\ncrossovers_file = 'sizes.json'\n"];
    expect(settingsOf({ toml }).neural).toEqual({
      mode: "advanced",
      crossovers_file: path.join(dir, "sizes.json"),
    });
    expect(settingsOf({ toml, env: { HIVE_NEURAL__MODE: "gpu" } }).neural.mode).toBe("gpu");
    expect(problemsOf({ env: { HIVE_NEURAL__MODE: "deep" } })).toEqual([
      'HIVE_NEURAL__MODE: neural.mode is "deep"; expected one of basic, advanced, gpu',
    ]);
  });

  test("an environment variable can say a list, a flag and a number with separators", () => {
    const settings = settingsOf({
      env: {
        HIVE_SERVER__CORS_ORIGINS: "https://a.example, http://localhost:3000",
        HIVE_TASKS__LOAD_PRIORITY: "false",
        HIVE_TASKS__MAX_OPEN: "2_000",
        HIVE_DATA__DIR: "elsewhere",
        HIVE_MATCHING__COST_WEIGHT: "0.25",
      },
    });
    expect(settings.server.cors_origins).toEqual(["https://a.example", "http://localhost:3000"]);
    expect(settings.tasks).toMatchObject({ load_priority: false, max_open: 2_000 });
    expect(settings.data.dir).toBe(path.join(dir, "elsewhere"));
    expect(settings.matching).toMatchObject({ cost_weight: 0.25, success_weight: 0.65 });
  });

  test("settings/default.toml says exactly the built-in defaults, key by key", () => {
    const defaults = Object.fromEntries(
      Object.entries(SETTING_KEYS).map(([section, keys]) => [
        section,
        Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, key.fallback])),
      ]),
    );
    expect(parse(readFileSync(path.join(shipped, "default.toml"), "utf8"))).toEqual(defaults);
  });

  test("settings/production.toml is valid", () => {
    const files = [path.join(shipped, "production.toml")];
    const result = loadSettings({ files, env: {}, flags: [], workingDir: dir });
    expect(result).toMatchObject({ ok: true, settings: { agents: { max_concurrent_tasks: 20 } } });
  });

  test("the printed settings, read back, are the same settings", () => {
    const settings = settingsOf({ toml: ["[server]\ncors_origins = ['https://a.example']\n"] });
    expect(settingsOf({ toml: [settingsToToml(settings)] })).toEqual(settings);
  });
});

describe("refusals", () => {
  test("an unknown key names file, line and the nearest known key", () => {
    expect(problemsOf({ toml: ["# a comment\n[server]\nhost = 'a'\nprot = 1\n"] })).toEqual([
      "s1.toml:4: there is no setting server.prot; expected server.port, perhaps",
    ]);
  });

  test("a key in the wrong section and a section nobody knows are refused with their lines", () => {
    const problems = problemsOf({ toml: ["[serve]\nport = 1\n\n[data]\nport = 1\n"] });
    expect(problems[0]).toBe("s1.toml:1: there is no section serve; expected server, perhaps");
    expect(problems[1]).toMatch(/^s1\.toml:5: there is no setting data\.port; expected /);
  });

  test("a wrong value names what was given and what is expected, for each of its spellings", () => {
    const expected = "expected a whole number from 0 to 65535";
    expect(problemsOf({ env: { HIVE_MATCHING__SUCCESS_WEIGHT: "0" } })).toEqual([
      'HIVE_MATCHING__SUCCESS_WEIGHT: matching.success_weight is "0"; expected a number from 0.01 to 1',
    ]);
    expect(problemsOf({ toml: ["[server]\nport = 'x'\n"] })).toEqual([
      `s1.toml:2: server.port is "x"; ${expected}`,
    ]);
    expect(problemsOf({ toml: ["server.port = 70000\n"] })).toEqual([
      `s1.toml:1: server.port is 70000; ${expected}`,
    ]);
    expect(problemsOf({ toml: ["\nserver = { port = -1 }\n"] })).toEqual([
      `s1.toml:2: server.port is -1; ${expected}`,
    ]);
    expect(problemsOf({ env: { HIVE_SERVER__PORT: "80a" } })).toEqual([
      `HIVE_SERVER__PORT: server.port is "80a"; ${expected}`,
    ]);
    expect(problemsOf({ flags: [{ flag: "--port", setting: "server.port", text: "1.5" }] })).toEqual([
      `--port: server.port is "1.5"; ${expected}`,
    ]);
  });

  test("a mistyped variable is refused, also with one underscore too few, and other programs' are not", () => {
    expect(problemsOf({ env: { HIVE_SERVER__PROT: "1" } })[0]).toMatch(/HIVE_SERVER__PORT, perhaps$/);
    expect(problemsOf({ env: { HIVE_SERVER_PORT: "1" } })[0]).toMatch(/HIVE_SERVER__PORT, perhaps$/);
    expect(problemsOf({ env: { HIVE_HOME: "/opt/hive", HIVE_URL: "http://x", HIVE_TOKEN: "t" } })).toEqual(
      [],
    );
  });

  test("text that is not TOML names the line", () => {
    expect(problemsOf({ toml: ["[server]\nport = = 1\n"] })[0]).toMatch(
      /^s1\.toml:2: .*; expected a TOML document$/,
    );
  });

  test("a file that is not there is named", () => {
    const result = loadSettings({ files: ["none.toml"], env: {}, flags: [], workingDir: dir });
    expect(result).toMatchObject({
      ok: false,
      problems: [{ source: "none.toml", expected: "a readable TOML file" }],
    });
  });

  test("all problems of all layers come at once", () => {
    const problems = problemsOf({
      toml: ["[server]\nport = 'x'\nhots = 1\n", "data = 5\n"],
      env: { HIVE_LOGGING__LEVEL: "loud" },
      flags: [{ flag: "--set", setting: "nothing", text: "1" }],
    });
    expect(problems).toHaveLength(5);
    expect(problems.at(-1)).toMatch(/^HIVE_LOGGING__LEVEL: logging.level is "loud"; expected one of debug, /);
  });

  test("settings that contradict each other are refused", () => {
    const env = { HIVE_SUPERVISOR__RESPAWN_MIN_MS: "5000", HIVE_SUPERVISOR__RESPAWN_MAX_MS: "100" };
    expect(problemsOf({ env })).toEqual([
      "HIVE_SUPERVISOR__RESPAWN_MIN_MS: supervisor.respawn_min_ms is 5000; " +
        "expected at most supervisor.respawn_max_ms, which is 100",
    ]);
  });

  test("a secret in the wrong place is not repeated by the error", () => {
    const problems = problemsOf({ env: { HIVE_SECURITY__SECRET: "hunter22hunter22" } });
    expect(problems).toHaveLength(1);
    expect(problems.join()).not.toContain("hunter22");
  });
});

describe("the nearest name", () => {
  test.each([
    ["server.prot", "server.port"],
    ["HIVE_DATA__DRI", "HIVE_DATA__DIR"],
    ["loging", "logging"],
    ["entirely-other", undefined],
  ])("%s is near %s", (given, nearest) => {
    expect(nearestName(given, ["server.port", "HIVE_DATA__DIR", "logging", "data"])).toBe(nearest);
  });
});

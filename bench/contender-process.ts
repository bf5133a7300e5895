// A contender in a process of its own, see contender-main.ts.
// Why one for each: code that was compiled for one contender, and its garbage, would slow another one down.

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Measured, Question, Scale, Session } from "./question.js";

const MAIN = fileURLToPath(new URL("./contender-main.js", import.meta.url));
const END_LIMIT_MS = 5_000;

/** What the process says: once when it is warmed up, then once for each "run" it is sent. */
export type Answer = { readonly ready: true } | { readonly measured: Measured } | { readonly failed: string };

/** The contender called `system`, warmed up and ready to run. */
export async function openContenderProcess(
  question: Question,
  system: string,
  scale: Scale,
): Promise<Session> {
  const args = [`${question.group}/${question.name}`, system, scale.quick ? "quick" : "full"];
  const child = fork(MAIN, args);
  try {
    await answerOf(child, system);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return {
    run: async () => {
      const answer = answerOf(child, system);
      child.send("run");
      return ((await answer) as { measured: Measured }).measured;
    },
    close: () => end(child),
  };
}

function answerOf(child: ChildProcess, system: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null, signal: string | null) =>
      reject(new Error(`the process of ${system} ended with ${code ?? signal} and without a result`));
    child.once("exit", onExit);
    child.once("message", (answer: Answer) => {
      child.off("exit", onExit);
      if ("failed" in answer) reject(new Error(answer.failed));
      else resolve(answer);
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const killer = setTimeout(() => child.kill("SIGKILL"), END_LIMIT_MS);
  child.disconnect();
  await gone;
  clearTimeout(killer);
}

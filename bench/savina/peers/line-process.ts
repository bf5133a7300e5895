// A peer in a process of its own that answers one line with one line: `<program> <repeats> <sizes…>` with
// `<microseconds> <results…>`. It measures inside, so that neither its start nor the pipe counts.

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import { isDeepStrictEqual } from "node:util";
import type { Measured, Session } from "../../question.js";
import { figureOf, type Work } from "../program.js";

export interface LineCommand {
  readonly system: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** Starts the process and asks it for one run of the program at a time. */
export async function openLines(command: LineCommand, work: Work): Promise<Session> {
  const process = new LineProcess(command);
  const { program, size, repeats } = work;
  const expected = Object.values(program.expected(size) as object);
  const question = [program.name, repeats, ...Object.values(size)].join(" ");
  const run = async (): Promise<Measured> => {
    const [micros = Number.NaN, ...results] = (await process.ask(question)).split(" ").map(Number);
    const value = figureOf(work, micros / 1000);
    return { value, verified: isDeepStrictEqual(results, expected) };
  };
  return { run, close: () => process.close() };
}

export class LineProcess {
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  readonly #ended: Promise<never>;
  readonly #closed: Promise<unknown>;

  constructor({ system, command, args }: LineCommand) {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout });
    this.#closed = new Promise((resolve) => child.once("close", resolve));
    this.#ended = new Promise((_, reject) => {
      child.once("error", (error) => reject(new Error(`${system} did not start: ${error.message}`)));
      child.once("exit", (code) => reject(new Error(`the process of ${system} ended with ${code}`)));
    });
    this.#ended.catch(() => undefined);
  }

  ask(question: string): Promise<string> {
    const answer = new Promise<string>((resolve) => this.#lines.once("line", resolve));
    this.#child.stdin?.write(`${question}\n`);
    return Promise.race([answer, this.#ended]);
  }

  /** Its input ends, and with it the process; one that does not end is killed. */
  async close(): Promise<void> {
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 2_000);
    await this.#closed;
    clearTimeout(timer);
  }
}

// One compute process (main.ts), seen from the hub's: started, given one piece of work at a time, killed. Whatever goes
// wrong with it ends it: it crashes, ends, says nonsense, fails a piece of work, takes too long to start. It is then
// `gone` with a cause, and the engine decides what next.
// Why a failed piece of work ends it, too: shapes are checked before anything is sent, so what fails is the device, and
// a device that failed once is not trusted with a second answer.

import type { ChildProcess } from "node:child_process";
import type { FileHandle } from "node:fs/promises";
import { CodedError } from "../../base/errors.js";
import type { TimerHandle, Timers } from "../../base/ports.js";
import { type Numbers, readNumbers, writeNumbers } from "./number-file.js";
import { type FromCompute, type GpuMode, readAnswer, type ToCompute, type Work } from "./protocol.js";

export type ReadyGpu = Extract<FromCompute, { readonly type: "ready" }>;

export interface ComputeProcessParts {
  readonly child: ChildProcess;
  /** Open in both processes; closed with this one. */
  readonly file: FileHandle;
  readonly modes: readonly GpuMode[];
  readonly startLimitMs: number;
  readonly timers: Timers;
  readonly onReady: (ready: ReadyGpu) => void;
  /** Called once, as soon as it is of no more use; it may take a moment to be gone from the system. */
  readonly onGone: (cause: CodedError) => void;
}

interface Awaited {
  readonly id: number;
  readonly resolve: (count: number) => void;
  readonly reject: (cause: CodedError) => void;
}

const LAST_WORDS_CHARS = 1_000;

export class ComputeProcess {
  readonly #parts: ComputeProcessParts;
  readonly #starting: TimerHandle;
  readonly #exited: Promise<void>;
  #ready: ReadyGpu | undefined;
  #tried: GpuMode | undefined;
  #cause: CodedError | undefined;
  #awaited: Awaited | undefined;
  #lastId = 0;
  #lastWords = "";

  constructor(parts: ComputeProcessParts) {
    const { child, modes, startLimitMs, timers } = parts;
    this.#parts = parts;
    this.#starting = timers.after(startLimitMs, () =>
      this.kill(unavailable(`did not get ready within ${startLimitMs} ms`)),
    );
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS_CHARS);
    });
    child.on("message", (message) => this.#hear(message));
    child.once("error", (error) => this.kill(unavailable(`cannot be reached: ${error.message}`)));
    this.#exited = new Promise((resolve) => {
      child.once("error", () => child.pid === undefined && resolve());
      child.once("exit", () => resolve());
    });
    // "close" comes when the last words have been read, too.
    child.once("close", (code, signal) => this.kill(unavailable(this.#ending(code, signal))));
    this.hold(false);
    this.#send({ type: "start", modes });
  }

  get pid(): number | undefined {
    return this.#parts.child.pid;
  }

  /** What it found, once it is ready for work. */
  get ready(): ReadyGpu | undefined {
    return this.#ready;
  }

  /** The mode that it was trying when it went, if it never got ready. */
  get failedMode(): GpuMode | undefined {
    return this.#ready === undefined ? this.#tried : undefined;
  }

  /** Settles when the system has it no more. */
  get exited(): Promise<void> {
    return this.#exited;
  }

  /** Whether the event loop goes on for its sake. */
  hold(holds: boolean): void {
    const { child } = this.#parts;
    const streams = [child, child.channel, child.stderr as unknown as { ref(): void; unref(): void } | null];
    for (const one of streams) {
      if (holds) one?.ref();
      else one?.unref();
    }
  }

  /** Hands over the numbers, waits for the answer and reads the results. Rejects when the process is gone. */
  async run(
    work: Work,
    forget: readonly number[],
    numbers: readonly Numbers[],
    results: readonly Numbers[],
  ): Promise<number> {
    try {
      await writeNumbers(this.#parts.file, numbers);
      const count = await this.#answerTo(work, forget);
      if (await readNumbers(this.#parts.file, results)) return count;
    } catch (error) {
      throw this.kill(unavailable(`cannot be given work: ${(error as Error).message}`));
    }
    throw this.kill(unavailable("answered without results"));
  }

  /** Ends it at once. Answers the cause of its end, which is an earlier one if it had ended before. */
  kill(cause: CodedError): CodedError {
    if (this.#cause !== undefined) return this.#cause;
    this.#cause = cause;
    const { child, file, onGone } = this.#parts;
    this.#starting.cancel();
    child.kill("SIGKILL");
    if (child.connected) child.disconnect();
    this.hold(false);
    // It waits for what is being written or read; that the file is gone then is all there is to know.
    file.close().catch(() => undefined);
    this.#awaited?.reject(cause);
    this.#awaited = undefined;
    onGone(cause);
    return cause;
  }

  #answerTo(work: Work, forget: readonly number[]): Promise<number> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      if (this.#cause !== undefined) return reject(this.#cause);
      this.#awaited = { id, resolve, reject };
      this.#send({ type: "run", id, work, forget });
    });
  }

  #send(message: ToCompute): void {
    if (!this.#parts.child.connected) return;
    // Why the error is dropped: a channel that breaks means the child is ending, and its exit is on its way.
    this.#parts.child.send(message, () => undefined);
  }

  #hear(given: unknown): void {
    if (this.#cause !== undefined) return;
    const message = readAnswer(given);
    if (message === undefined) return void this.kill(unavailable("said what makes no sense"));
    if (message.type === "trying") {
      this.#tried = message.mode;
    } else if (message.type === "ready") {
      this.#starting.cancel();
      this.#ready = message;
      this.#parts.onReady(message);
    } else if (this.#awaited?.id !== message.id) {
      this.kill(unavailable("answered what it was not asked"));
    } else if (message.type === "failed") {
      this.kill(unavailable(`failed: ${message.message}`));
    } else {
      const { resolve } = this.#awaited;
      this.#awaited = undefined;
      resolve(message.count);
    }
  }

  #ending(code: number | null, signal: string | null): string {
    const words = this.#lastWords.trim();
    return `ended with ${signal ?? `code ${code}`}${words === "" ? "" : `: ${words}`}`;
  }
}

/** GPU_UNAVAILABLE: what is wrong with the compute process, as the end of a sentence. */
export function unavailable(what: string, cause?: CodedError): CodedError {
  const advice = "the same is computed on the processor meanwhile";
  return new CodedError("GPU_UNAVAILABLE", `The compute process ${what}; ${advice}.`, { cause });
}

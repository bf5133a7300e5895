// Asks to several of which one answer, or all, is wanted. `askOne` asks one of them, and takes its question back when
// the signal fires.

import type { ActorRef } from "../actor/ref.js";
import type { TimerHandle, Timers } from "../base/ports.js";

export type AskOne = (to: ActorRef, signal: AbortSignal) => Promise<unknown>;

/** All answers, in order; the first failure fails it and cancels the others. */
export function askAll(refs: readonly ActorRef[], askOne: AskOne): Promise<unknown[]> {
  const rest = new AbortController();
  const answers = Promise.all(refs.map((ref) => askOne(ref, rest.signal)));
  return answers.finally(() => rest.abort());
}

/** The first answer; the others are cancelled. When all fail, the first failure. */
export async function askFirst(refs: readonly ActorRef[], askOne: AskOne): Promise<unknown> {
  const rest = new AbortController();
  try {
    return await Promise.any(refs.map((ref) => askOne(ref, rest.signal)));
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error;
  } finally {
    rest.abort();
  }
}

/** One after the other, each `afterMs` or as soon as one fails; the first answer counts. */
export function askChopped(
  refs: readonly ActorRef[],
  askOne: AskOne,
  timers: Timers,
  afterMs: number,
): Promise<unknown> {
  const rest = new AbortController();
  const answer = new Promise<unknown>((resolve, reject) => {
    let asked = 0;
    let failed = 0;
    let timer: TimerHandle | undefined;
    const askNext = (): void => {
      timer?.cancel();
      const ref = rest.signal.aborted ? undefined : refs[asked];
      if (ref === undefined) return;
      asked++;
      if (asked < refs.length) timer = timers.after(afterMs, askNext);
      askOne(ref, rest.signal).then(
        (value) => {
          timer?.cancel();
          resolve(value);
        },
        (error: unknown) => {
          failed++;
          if (failed === refs.length) reject(error);
          else askNext();
        },
      );
    };
    askNext();
  });
  return answer.finally(() => rest.abort());
}

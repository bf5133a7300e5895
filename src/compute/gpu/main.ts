// The compute process: a child of the hub's process that may hang, crash or be killed at any moment, since graphics
// drivers do, and holds nothing that is not also elsewhere. It is told in which order to try the modes, says which one
// it found, and then does one piece of work after the other.
// Why it ends by a signal to itself: with Dawn loaded, the ordinary end of a process may hang.

import { type Device, openDevice } from "./device.js";
import { ForwardDesk } from "./forward-work.js";
import { NumberStream } from "./number-file.js";
import { type FromCompute, NUMBER_FILE_DESCRIPTOR, type ToCompute, type Work } from "./protocol.js";
import { ScoreDesk } from "./score-work.js";
import { SimilarDesk } from "./similar-work.js";

class Desks {
  readonly #score: ScoreDesk;
  readonly #similar: SimilarDesk;
  readonly #forward: ForwardDesk;

  constructor(device: Device) {
    this.#score = new ScoreDesk(device);
    this.#similar = new SimilarDesk(device);
    this.#forward = new ForwardDesk(device);
  }

  forget(keys: readonly number[]): void {
    for (const key of keys) {
      this.#similar.forget(key);
      this.#forward.forget(key);
    }
  }

  /** Answers how many results there are where that is not known beforehand. */
  async run(work: Work): Promise<number> {
    const input = new NumberStream(NUMBER_FILE_DESCRIPTOR);
    const output = new NumberStream(NUMBER_FILE_DESCRIPTOR);
    if (work.kind === "similar") return this.#similar.run(work, input, output);
    await (work.kind === "score"
      ? this.#score.run(work, input, output)
      : this.#forward.run(work, input, output));
    return 0;
  }
}

let desks: Desks | undefined;

/** Settles when it is on its way, so that what happens next cannot swallow it. */
function say(message: FromCompute): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}

function end(): void {
  process.kill(process.pid, "SIGKILL");
}

async function hear(message: ToCompute): Promise<void> {
  if (message.type === "start") {
    const { device, refused } = await openDevice(message.modes, (mode) => say({ type: "trying", mode }));
    desks = new Desks(device);
    await say({ type: "ready", mode: device.mode, adapter: device.adapter, refused });
    return;
  }
  const { id, work, forget } = message;
  try {
    desks?.forget(forget);
    await say({ type: "done", id, count: (await desks?.run(work)) ?? 0 });
  } catch (error) {
    await say({ type: "failed", id, message: error instanceof Error ? error.message : String(error) });
  }
}

process.on("message", (message: ToCompute) => {
  hear(message).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`, end);
  });
});
process.once("disconnect", end);

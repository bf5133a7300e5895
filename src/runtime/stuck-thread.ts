// Where a thread is stuck: its stack and the message in hand, read from outside while it spins.
//
// Why the inspector and not the addon: it comes with Node, halts a thread also in the middle of an endless loop, and
// can ask it what it is doing. The addon would need V8's own headers for that and be bound to one version of Node.
// The thread must be let go again before it is ended; one that stays halted never ends.

import type { Session } from "node:inspector";
import type { Kernel } from "../actor/kernel.js";
import { writtenName } from "../actor/stream-name.js";

export interface StuckAt {
  /** The actor whose handler runs; undefined outside a turn, such as after an `await`. */
  readonly path: string | undefined;
  readonly method: string | undefined;
  /** Innermost call first, or the reason why it could not be read. */
  readonly stack: string;
}

/** A thread that cannot be halted in this time is in native code. */
const HALT_TIMEOUT_MS = 2_000;
const FRAMES_MAX = 32;
const DOING = "hive.doing";

/** Lets the inspector ask this thread, which must be a worker, for the message in hand. */
export function showDoing(kernel: Kernel): void {
  const value = () => ({
    path: kernel.current?.path,
    method: kernel.letter && writtenName(kernel.letter.method),
  });
  Object.defineProperty(globalThis, Symbol.for(DOING), { value, configurable: true });
}

/** Halts a worker of this process, reads where it is and lets it go. `worker` is `worker.threadId`. */
export async function whereStuck(worker: number): Promise<StuckAt> {
  const session = await openSession().catch((error: unknown) => String(error));
  if (typeof session === "string") return unread(`this Node has no inspector: ${session}`);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<StuckAt>((resolve) => {
    const give = () => resolve(unread(`it did not halt within ${HALT_TIMEOUT_MS} ms: it is in native code`));
    timer = setTimeout(give, HALT_TIMEOUT_MS);
  });
  try {
    return await Promise.race([new Halt(session, worker).read(), late]);
  } catch (error) {
    return unread(error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(timer);
    session.disconnect();
  }
}

function unread(reason: string): StuckAt {
  return { path: undefined, method: undefined, stack: `(not read: ${reason})` };
}

async function openSession(): Promise<Session> {
  const inspector = await import("node:inspector");
  const session = new inspector.Session();
  session.connect();
  return session;
}

interface Frame {
  readonly callFrameId: string;
  readonly functionName: string;
  readonly url: string;
  readonly location: {
    readonly scriptId: string;
    readonly lineNumber: number;
    readonly columnNumber?: number;
  };
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: {
    readonly callFrames?: readonly Frame[];
    readonly scriptId?: string;
    readonly url?: string;
  };
  readonly result?: { readonly result?: { readonly value?: unknown } };
}

/** One conversation with the inspector of one worker. */
class Halt {
  readonly #session: Session;
  readonly #worker: string;
  readonly #urls = new Map<string, string>();
  readonly #answers = new Map<number, (message: Message) => void>();
  #frames: (frames: readonly Frame[]) => void = () => undefined;
  #sessionId = "";
  #lastId = 0;

  constructor(session: Session, worker: number) {
    this.#session = session;
    this.#worker = String(worker);
  }

  async read(): Promise<StuckAt> {
    await this.#attach();
    const halted = new Promise<readonly Frame[]>((resolve) => {
      this.#frames = resolve;
    });
    void this.#ask("Debugger.enable");
    void this.#ask("Debugger.pause");
    const frames = await halted;
    const doing = await this.#ask("Debugger.evaluateOnCallFrame", {
      callFrameId: frames[0]?.callFrameId,
      expression: `globalThis[Symbol.for(${JSON.stringify(DOING)})]?.()`,
      returnByValue: true,
    });
    await this.#ask("Debugger.resume");
    await this.#post("NodeWorker.detach", { sessionId: this.#sessionId });
    const { path, method } = (doing.result?.result?.value ?? {}) as Partial<StuckAt>;
    return {
      path,
      method,
      stack: frames
        .slice(0, FRAMES_MAX)
        .map((frame) => this.#line(frame))
        .join("\n"),
    };
  }

  /** Every worker of the process is offered; the others are let go at once. */
  async #attach(): Promise<void> {
    const attached = new Promise<void>((resolve) => {
      this.#session.on("NodeWorker.attachedToWorker", ({ params }) => {
        const { sessionId, workerInfo } = params;
        // Its title is "[worker <threadId>] <name>"; its workerId counts otherwise.
        if (/worker (\d+)/i.exec(workerInfo.title)?.[1] !== this.#worker)
          return void this.#post("NodeWorker.detach", { sessionId });
        this.#sessionId = sessionId;
        resolve();
      });
    });
    this.#session.on("NodeWorker.receivedMessageFromWorker", ({ params }) => {
      if (params.sessionId === this.#sessionId) this.#hear(JSON.parse(params.message) as Message);
    });
    await this.#post("NodeWorker.enable", { waitForDebuggerOnStart: false });
    await attached;
  }

  #hear({ id, method, params = {}, ...rest }: Message): void {
    if (id !== undefined) this.#answers.get(id)?.(rest);
    else if (method === "Debugger.scriptParsed") this.#urls.set(params.scriptId ?? "", params.url ?? "");
    else if (method === "Debugger.paused") this.#frames(params.callFrames ?? []);
  }

  #ask(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<Message> {
    const id = ++this.#lastId;
    const message = JSON.stringify({ id, method, params });
    const answer = new Promise<Message>((resolve) => this.#answers.set(id, resolve));
    void this.#post("NodeWorker.sendMessageToWorker", { sessionId: this.#sessionId, message });
    return answer;
  }

  /** A session that was closed meanwhile answers nothing more. */
  #post(method: string, params: object): Promise<void> {
    return new Promise((resolve) => this.#session.post(method, params, () => resolve()));
  }

  #line({ functionName, url, location }: Frame): string {
    const file = url || (this.#urls.get(location.scriptId) ?? "");
    const place = `${file}:${location.lineNumber + 1}:${(location.columnNumber ?? 0) + 1}`;
    return `at ${functionName === "" ? place : `${functionName} (${place})`}`;
  }
}

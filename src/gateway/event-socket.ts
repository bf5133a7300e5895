// One JSON socket: events out, commands in. A command is `{action, payload, correlation_id, timeout_ms}`; its answer is
// `{type: "reply", action, correlation_id, success, data, error}`, always one, also when it takes too long.
// Subscribing again replaces the subscription. A subscription that cannot be resumed is answered EVENTS_GONE.

import { errorToRecord } from "../base/errors.js";
import type { Timers } from "../base/ports.js";
import type { CreateAgent } from "../wire/agent-shapes.js";
import {
  type Command,
  cancelCommandShape,
  commandShape,
  emptyPayloadShape,
  keyedCommandShape,
  subscribeShape,
} from "../wire/event-protocol.js";
import { type ErrorBody, RequestError, readShape } from "../wire/http-shapes.js";
import type { CreateTask } from "../wire/task-shapes.js";
import { parseJson } from "./body.js";
import { compileFilter } from "./event-filter.js";
import type { EventStream } from "./event-stream.js";
import { publicError } from "./exchange.js";
import type { HubFace } from "./faces.js";
import type { LiveSocket, SocketSession } from "./live-socket.js";
import { presentCreated } from "./task-routes.js";

/** Commands of one socket that may be in progress; more are answered QUEUE_FULL. */
const OPEN_COMMANDS_MAX = 4_096;
export interface EventSocketDeps {
  readonly hub: HubFace;
  readonly stream: EventStream;
  readonly timers: Timers;
  /** Hears of what is our own fault. */
  readonly report: (thrown: unknown) => void;
}

export class EventSocket implements SocketSession {
  readonly #socket: LiveSocket;
  readonly #deps: EventSocketDeps;
  #openCommands = 0;

  constructor(socket: LiveSocket, deps: EventSocketDeps) {
    this.#socket = socket;
    this.#deps = deps;
  }

  message(bytes: Uint8Array): void {
    let parsed: unknown;
    let command: Command;
    try {
      parsed = parseJson(bytes, "The message");
      command = readShape(commandShape, parsed, "The command");
    } catch (error) {
      this.#reply(correlationOf(parsed), undefined, this.#explain(error));
      return;
    }
    if (this.#openCommands >= OPEN_COMMANDS_MAX) {
      const message = `${OPEN_COMMANDS_MAX} commands of this socket are in progress; wait for some to be answered.`;
      this.#reply(command, undefined, { code: "QUEUE_FULL", message });
      return;
    }
    this.#run(command);
  }

  drained(): void {
    this.#deps.stream.drained(this.#socket);
  }

  closed(): void {
    this.#deps.stream.unsubscribe(this.#socket);
  }

  #run(command: Command): void {
    let settled = false;
    const settle = (data: unknown, error?: ErrorBody): void => {
      if (settled) return;
      settled = true;
      this.#openCommands--;
      timer.cancel();
      this.#reply(command, data, error);
    };
    this.#openCommands++;
    const timer = this.#deps.timers.after(command.timeout_ms, () => {
      settle(undefined, {
        code: "TIMEOUT",
        message: `The command took longer than ${command.timeout_ms} ms.`,
      });
    });
    this.#perform(command, settle).then(
      (data) => settle(data),
      (error) => settle(undefined, this.#explain(error)),
    );
  }

  async #perform(command: Command, settle: (data: unknown) => void): Promise<unknown> {
    const { hub, stream } = this.#deps;
    const payload = command.payload ?? {};
    switch (command.action) {
      case "subscribe":
        return this.#subscribe(command, payload, settle);
      case "unsubscribe":
        readShape(emptyPayloadShape, payload, "The payload");
        stream.unsubscribe(this.#socket);
        return { last_seq: stream.lastSeq };
      case "create_agent":
        return { agent: await hub.agents.create(payload as CreateAgent) };
      case "create_task": {
        const { idempotency_key: key } = readShape(keyedCommandShape, payload, "The payload");
        const options = key === undefined ? {} : { idempotencyKey: key };
        return presentCreated(await hub.tasks.create(payload as CreateTask, options));
      }
      case "cancel_task": {
        const { task_id: id, reason } = readShape(cancelCommandShape, payload, "The payload");
        return { task: await hub.tasks.cancel(id, reason) };
      }
      case "get_status":
        readShape(emptyPayloadShape, payload, "The payload");
        return hub.status();
    }
  }

  /** The answer goes out before the first event, and nothing can happen between the two. */
  #subscribe(command: Command, payload: unknown, settle: (data: unknown) => void): unknown {
    const { stream } = this.#deps;
    const wish = readShape(subscribeShape, payload, "The payload");
    const filter = compileFilter(wish);
    const fromSeq = wish.from_seq ?? stream.lastSeq;
    if (!stream.canResume(fromSeq)) throw goneError(fromSeq, stream.lastSeq);
    settle({ last_seq: stream.lastSeq, from_seq: fromSeq });
    stream.subscribe(this.#socket, filter, fromSeq, () => {
      this.#reply(command, undefined, this.#explain(goneError(fromSeq, stream.lastSeq)));
    });
    return undefined;
  }

  #reply(command: Partial<Command>, data: unknown, error?: ErrorBody): void {
    this.#socket.send(
      JSON.stringify({
        type: "reply",
        action: command.action,
        correlation_id: command.correlation_id,
        success: error === undefined,
        data: data ?? null,
        error: error ?? null,
        timestamp: new Date().toISOString(),
      }),
    );
  }

  #explain(thrown: unknown): ErrorBody {
    const known = publicError(thrown);
    if (known !== undefined) return known.error;
    this.#deps.report(thrown);
    return {
      code: "INTERNAL",
      message: `Something went wrong inside the hub (${errorToRecord(thrown).name}).`,
    };
  }
}

function goneError(fromSeq: number, lastSeq: number): RequestError {
  const what = `Events after ${fromSeq} are no longer kept; read the state anew, then subscribe from ${lastSeq}.`;
  return new RequestError("EVENTS_GONE", what, { data: { from_seq: fromSeq, last_seq: lastSeq } });
}

/** Which command a refusal answers, when the command itself could not be read. */
function correlationOf(parsed: unknown): Pick<Partial<Command>, "correlation_id"> {
  const id = (parsed as { correlation_id?: unknown } | null | undefined)?.correlation_id;
  return typeof id === "string" && id.length <= 200 ? { correlation_id: id } : {};
}

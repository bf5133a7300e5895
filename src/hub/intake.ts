// What happens when a task is posted? It starts here.
//
//   gateway/http-front (copy the request) > gateway/task-routes > hub/tasks-face > here (validate) > hub/match (rank;
//   leaf: compute/scorer) > hub/dispatch (lease and slot) > hub/entry-writer > store/journal ("queued" and "assigned"
//   on disk, only then caller and agent hear) > hub/agent-supervisor (ask, the way in actor/ref) > hub/attempt-run
//   on the agent's thread > hub/settle (the outcome on disk, then everybody hears) > gateway/event-stream.
// A task that nobody can take now waits in hub/queue and is fetched from there by hub/dispatch, if several wait for
// several agents then together (hub/together).
// Proven by test/ways/task.test.ts.
//
// Why a new task may be assigned before its own entry is on disk: both entries go to the journal together, in order, so
// the disk never knows of an assignment without its task, and the task saves one round to the disk.

import { createHash } from "node:crypto";
import type { Location } from "../store/page-format.js";
import { packPlain } from "../wire/codec.js";
import type { JournalEntry, SpecTuple } from "../wire/entries.js";
import { fieldErrors } from "../wire/http-shapes.js";
import type { CreateTask, TaskSpec } from "../wire/task-shapes.js";
import { createTaskShape, PRIORITIES, TASK_LIMITS } from "../wire/task-shapes.js";
import { checkBlobs } from "./blob-links.js";
import type { Definitions } from "./definitions.js";
import type { Dependencies } from "./dependencies.js";
import type { Dispatcher } from "./dispatch.js";
import { queuedEntry } from "./entry-codec.js";
import { agentNotFound, HubError, validationError } from "./errors.js";
import type { Lease } from "./lease.js";
import type { HubParts } from "./parts.js";
import { publicId } from "./task-id.js";
import { TaskRecord } from "./task-record.js";
import { initialState } from "./task-state.js";

export interface CreateOptions {
  /** As `idempotency_key` in the body; where both are given they are the same. */
  readonly idempotencyKey?: string;
}

/** How a create ended: a refusal, or a task; `created` is false for the one that the same key made before. */
export type Accepted = (error: Error | undefined, record: TaskRecord | undefined, created: boolean) => void;

/** A create that validates. */
interface Request {
  readonly spec: TaskSpec;
  readonly key: string | undefined;
  readonly bodyHash: string | undefined;
  readonly accepted: Accepted;
}

export class Intake {
  readonly #parts: HubParts;
  readonly #dispatcher: Dispatcher;
  readonly #dependencies: Dependencies;
  readonly #definitions: Definitions;

  constructor(parts: HubParts, dispatcher: Dispatcher, dependencies: Dependencies, definitions: Definitions) {
    this.#parts = parts;
    this.#dispatcher = dispatcher;
    this.#dependencies = dependencies;
    this.#definitions = definitions;
  }

  /** Accepts a task. `accepted` is called once: when it is on disk, or with a `HubError`, and then there is none. */
  accept(input: CreateTask, options: CreateOptions, accepted: Accepted): void {
    try {
      this.#requireOpenDoor();
      const spec = parseTask(input);
      const key = oneKey(options.idempotencyKey, spec.idempotency_key);
      const request = { spec, key, bodyHash: key === undefined ? undefined : hashOf(spec), accepted };
      if (this.#answerFromKey(request)) return;
      this.#requireFuture(spec);
      if (spec.agent !== undefined) this.#requireAgent(spec.agent);
      const checked = checkBlobs(spec.parameters, this.#parts.blobs);
      if (checked === undefined) this.#admit(request, spec.media_type);
      else this.#admitChecked(request, checked);
    } catch (error) {
      accepted(error as Error, undefined, false);
    }
  }

  /** Looking at blobs takes time, in which the door may close and the key may be used. */
  #admitChecked(request: Request, checked: Promise<string>): void {
    checked
      .then((mediaType) => {
        this.#requireOpenDoor();
        if (!this.#answerFromKey(request)) this.#admit(request, request.spec.media_type ?? mediaType);
      })
      .catch((error: unknown) => request.accepted(error as Error, undefined, false));
  }

  /** Answers with the task that the key made before, if there is one. Throws when the key cannot be used. */
  #answerFromKey({ key, bodyHash, accepted }: Request): boolean {
    if (key === undefined || bodyHash === undefined) return false;
    const { keys, clock, ledger, archive } = this.#parts;
    const number = keys.find(key, bodyHash, clock.wallMs());
    const record = number === undefined ? undefined : (ledger.find(number) ?? archive.find(number));
    if (record === undefined) return false;
    accepted(undefined, record, false);
    return true;
  }

  #requireOpenDoor(): void {
    const { writer, ledger, settings } = this.#parts;
    if (this.#dispatcher.isDraining) {
      throw new HubError(
        "DRAINING",
        "the hub is shutting down and takes no new tasks; send it to the next one",
      );
    }
    if (!writer.takesNewWork) {
      throw new HubError("READ_ONLY", "the hub cannot write to its disk and takes no new tasks until it can");
    }
    if (ledger.openCount >= settings.maxOpen) {
      throw new HubError(
        "QUEUE_FULL",
        `${ledger.openCount} tasks are open, which is the limit; try again later`,
      );
    }
  }

  /**
   * Why refused and not parked: a name with a slip would wait for ever, without a word. A loaded definition will do
   * without an agent: one may be started. An agent that goes later leaves its tasks waiting.
   */
  #requireAgent(wanted: string): void {
    const { roster } = this.#parts;
    if (roster.find(wanted) !== undefined || this.#definitions.get(wanted) !== undefined) return;
    for (const row of roster.rows()) if (row.answersTo(wanted)) return;
    throw agentNotFound(wanted, [...new Set([...roster.names(), ...this.#definitions.names()])]);
  }

  #requireFuture({ deadline }: TaskSpec): void {
    if (deadline === undefined || deadline > this.#parts.clock.wallMs()) return;
    throw validationError([{ field: "deadline", message: "is in the past", value: deadline }]);
  }

  #admit(request: Request, mediaType: string | undefined): void {
    const record = this.#makeRecord(request, mediaType);
    const { key, bodyHash } = request;
    const { ledger, keys, agenda, writer, waiting } = this.#parts;
    ledger.admit(record);
    if (key !== undefined && bodyHash !== undefined) {
      keys.claim(key, { task: record.number, bodyHash, atMs: record.createdMs, inFlight: true });
    }
    if (record.deadlineMs > 0) agenda.watchDeadline(record);
    const entries: JournalEntry[] = [queuedEntry(record)];
    let lease: Lease | undefined;
    if (record.state.kind === "queued") {
      const assigned = this.#dispatcher.tryAssign(record);
      if (assigned === undefined) waiting.add(record);
      else {
        lease = assigned.lease;
        entries.push(assigned.entry);
      }
    }
    writer.offer(entries, (error, at) => {
      if (error === undefined) this.#admitted(record, request, lease, at);
      else {
        this.#withdraw(record, key, lease);
        request.accepted(refusedBy(error), undefined, false);
      }
    });
  }

  /** The entry that queues the task is on disk. */
  #admitted(record: TaskRecord, request: Request, lease: Lease | undefined, at: Location | undefined): void {
    const { ledger, keys, archive, events } = this.#parts;
    if (at !== undefined) archive.noteAsked(record.number, at);
    ledger.countAdmitted();
    record.onDisk = true;
    if (request.key !== undefined) keys.confirm(request.key);
    const more = record.state.kind === "blocked" ? { status: "blocked" } : undefined;
    events.emitTask("task_created", record, undefined, 0, more);
    request.accepted(undefined, record, true);
    if (lease !== undefined) this.#dispatcher.tell(lease);
    this.#dependencies.admitted(record);
  }

  #makeRecord({ spec, key, bodyHash }: Request, mediaType: string | undefined): TaskRecord {
    const { clock, random, ledger, kinds, settings } = this.#parts;
    const blocked = this.#dependencies.check(spec.depends_on);
    const number = ledger.takeNumber();
    const tuple: SpecTuple = [
      publicId("task", number, random),
      clock.wallMs(),
      spec.description,
      spec.parameters,
      spec.type,
      PRIORITIES.indexOf(spec.priority),
      spec.action ?? null,
      mediaType ?? null,
      spec.agent ?? null,
      spec.required_capabilities,
      Math.round((spec.timeout_seconds ?? settings.defaultTimeoutSeconds) * 1000),
      spec.max_retries ?? settings.maxRetries,
      spec.deadline ?? 0,
      spec.depends_on,
      spec.tags,
      key ?? null,
      bodyHash ?? null,
      spec.callback_url ?? null,
    ];
    const packed = this.#parts.slab.pack(tuple);
    if (packed.length > TASK_LIMITS.payloadBytes) requireSmall(spec.parameters);
    return new TaskRecord(
      number,
      packed,
      tuple,
      kinds.of(tuple),
      initialState(blocked ? "blocked" : "queued"),
    );
  }

  /** The entry could not be written: there never was such a task. */
  #withdraw(record: TaskRecord, key: string | undefined, lease: Lease | undefined): void {
    record.dropped = true;
    const { waiting, ledger, keys, agenda } = this.#parts;
    const held = lease ?? this.#dispatcher.leaseOf(record);
    if (record.state.kind === "queued") waiting.remove(record);
    agenda.dropDeadline(record);
    if (key !== undefined) keys.release(key, record.number);
    ledger.withdraw(record);
    if (held === undefined) return;
    this.#dispatcher.release(held);
    this.#dispatcher.freed(held.agent);
  }
}

function parseTask(input: unknown): TaskSpec {
  const parsed = createTaskShape.safeParse(input);
  if (parsed.success) return parsed.data;
  throw validationError(fieldErrors(parsed.error, input, createTaskShape));
}

/** Why two that differ are refused: each may stand for another task, and one of them would be dropped in silence. */
function oneKey(beside: string | undefined, inside: string | undefined): string | undefined {
  if (beside === undefined || inside === undefined || beside === inside) return beside ?? inside;
  const message = `differs from the key that came with the request, "${beside}" (over HTTP: Idempotency-Key); send one`;
  throw validationError([{ field: "idempotency_key", message, value: inside }]);
}

/** What is hashed is the validated body, so the spelling of its fields does not matter; the key itself is left out. */
function hashOf(spec: TaskSpec): string {
  const { idempotency_key: _key, ...body } = spec;
  return createHash("sha256").update(packPlain(body)).digest("base64url");
}

function requireSmall(parameters: Readonly<Record<string, unknown>>): void {
  const bytes = packPlain(parameters).length;
  if (bytes <= TASK_LIMITS.payloadBytes) return;
  throw new HubError(
    "PAYLOAD_TOO_LARGE",
    `the parameters take ${bytes} bytes, ${TASK_LIMITS.payloadBytes} are allowed; ` +
      'POST large input to /api/blobs and name it as {"blob": {"blob_id": "<its id>"}}',
    { data: { bytes, limit: TASK_LIMITS.payloadBytes } },
  );
}

function refusedBy(error: Error): HubError {
  const code = (error as { code?: unknown }).code;
  if (code === "JOURNAL_FULL") {
    return new HubError(
      "QUEUE_FULL",
      "tasks come faster than the disk can take them; try again in a moment",
      {
        cause: error,
      },
    );
  }
  if (code === "ENCODE" || code === "JOURNAL_TOO_LARGE") {
    return new HubError("PAYLOAD_TOO_LARGE", `the task cannot be journalled: ${error.message}`, {
      cause: error,
    });
  }
  return new HubError("READ_ONLY", `the hub cannot write to its disk: ${error.message}`, { cause: error });
}

// Agents come and go: from definitions at the start, from requests later, from the journal after a restart. Each is
// durable, each has a supervisor of its own, and none can take the hub down with it.

import type { AgentSpec, CreateAgent } from "../wire/agent-shapes.js";
import { createAgentShape } from "../wire/agent-shapes.js";
import type { AgentRecord } from "../wire/entries.js";
import { ENTRY } from "../wire/entries.js";
import { fieldErrors } from "../wire/http-shapes.js";
import type { Learn, LearnAnswer } from "../wire/learn-shapes.js";
import { closest } from "../wire/unknown-field.js";
import type { AgentDefinition } from "./agent-definition.js";
import type { AgentLink } from "./agent-link.js";
import { AgentRow } from "./agent-row.js";
import { agentState } from "./agent-view.js";
import type { Definitions } from "./definitions.js";
import type { Dispatcher } from "./dispatch.js";
import { HubError, validationError } from "./errors.js";
import type { HubParts } from "./parts.js";
import { publicId } from "./task-id.js";
import { teachTold } from "./teach.js";

/** What the one who starts agents is told of their lives. */
export interface AgentLife {
  /** Its actor took its place; it may be given work. */
  ready(): void;
  /** Its supervisor gave up, for this reason. */
  failed(reason: string): void;
}

/** Starts the actor of an agent under a supervisor of its own. Implemented over the actor system. */
export type StartAgent = (definition: AgentDefinition, agentId: string, life: AgentLife) => AgentLink;

export class Agents {
  readonly #parts: HubParts;
  readonly #dispatcher: Dispatcher;
  readonly #definitions: Definitions;
  readonly #start: StartAgent;
  #rosterDue = false;
  /** Names of agents whose entry is on its way to the disk. */
  readonly #nascent = new Set<string>();

  constructor(parts: HubParts, dispatcher: Dispatcher, definitions: Definitions, start: StartAgent) {
    this.#parts = parts;
    this.#dispatcher = dispatcher;
    this.#definitions = definitions;
    this.#start = start;
  }

  /** A row for a durable agent, with its definition if that is loaded. Not on the roster yet. */
  makeRow(number: number, record: AgentRecord): AgentRow {
    const meta = this.#definitions.get(record.definition)?.meta;
    return new AgentRow(number, record, meta, this.#parts.settings.maxConcurrentTasks);
  }

  /** After recovery: starts every agent on the roster, and those that definitions want from the start. */
  async startAll(): Promise<void> {
    const { roster } = this.#parts;
    for (const row of roster.rows()) this.#launch(row);
    const missing: AgentRecord[] = [];
    const taken = new Set([...roster.rows()].map((row) => row.record.name));
    for (const definition of this.#definitions.all()) {
      const { name, instances } = definition.meta;
      let count = 0;
      for (const row of roster.rows()) {
        if (row.record.definition === name && row.record.origin === "definition") count += 1;
      }
      for (; count < instances.min; count += 1) {
        missing.push(this.#record(this.#freeName(name, taken), name, "definition"));
      }
    }
    await Promise.all(missing.map((record) => this.#admit(record)));
  }

  /** `name`, else `name-2`, `name-3`…: the first that nobody has. */
  #freeName(name: string, taken: Set<string>): string {
    let free = name;
    for (let serial = 2; taken.has(free); serial++) free = `${name}-${serial}`;
    taken.add(free);
    return free;
  }

  /** Starts an agent of a loaded definition. Settles once it is on disk. */
  async create(input: CreateAgent): Promise<AgentRow> {
    const parsed = createAgentShape.safeParse(input);
    if (!parsed.success) throw validationError(fieldErrors(parsed.error, input, createAgentShape));
    if (this.#dispatcher.isDraining)
      throw new HubError("DRAINING", "the hub is shutting down and starts no agents");
    if (!this.#parts.writer.takesNewWork) {
      throw new HubError("READ_ONLY", "the hub cannot write to its disk and starts no agents until it can");
    }
    const spec = parsed.data;
    const definition = this.#definitions.choose(spec);
    if (definition === undefined) throw this.#noDefinition(spec);
    const known = this.#parts.roster.named(spec.name);
    if (known !== undefined || this.#nascent.has(spec.name)) throw nameTaken(spec.name, known?.record.id);
    return this.#admit({
      ...this.#record(spec.name, definition.meta.name, "api"),
      ...(spec.type === undefined ? {} : { type: spec.type }),
      ...(spec.description === undefined ? {} : { description: spec.description }),
      ...(spec.capabilities === undefined ? {} : { capabilities: spec.capabilities }),
      ...(spec.max_concurrent === undefined ? {} : { maxConcurrent: spec.max_concurrent }),
    });
  }

  /** Takes what somebody tells of an agent; see hub/teach.ts. */
  learn(row: AgentRow, outcome: Learn): Promise<LearnAnswer> {
    return teachTold(this.#parts, this.#dispatcher, row, outcome);
  }

  /** Takes an agent off the roster and stops it. Attempts under way fail and are tried elsewhere. */
  async remove(row: AgentRow): Promise<void> {
    const { writer, clock, roster, matcher, learner, events } = this.#parts;
    await new Promise<void>((resolve) => {
      writer.write([ENTRY.agentRemoved, row.number, Math.round(clock.wallMs())], () => resolve());
    });
    if (roster.byNumber(row.number) === undefined) return;
    roster.remove(row);
    matcher.remove(row);
    learner.forget(row.number);
    row.link?.stop();
    events.emit("agent_removed", { agent_id: row.record.id, name: row.record.name, state: "inactive" });
    this.#rosterChanged();
  }

  /** An actor was restarted: if it is an agent's, its path is `/user/<agent id>/agent`. */
  noteRestart(path: string): void {
    const id = path.split("/")[2];
    const row = id === undefined ? undefined : this.#parts.roster.find(id);
    if (row !== undefined) row.restarts += 1;
  }

  /** Stops every agent, for good and without a word: the hub closes. */
  stopAll(): void {
    for (const row of this.#parts.roster.rows()) row.link?.stop();
  }

  #record(name: string, definition: string, origin: AgentRecord["origin"]): AgentRecord {
    const { clock, random, roster } = this.#parts;
    const number = roster.takeNumber();
    return {
      id: publicId("agent", number, random),
      number,
      name,
      definition,
      origin,
      createdMs: clock.wallMs(),
    };
  }

  #admit(record: AgentRecord): Promise<AgentRow> {
    const { number } = record;
    this.#nascent.add(record.name);
    return new Promise((resolve) => {
      this.#parts.writer.write([ENTRY.agentCreated, number, record], () => {
        this.#nascent.delete(record.name);
        const row = this.makeRow(number, record);
        this.#parts.roster.add(row);
        this.#launch(row);
        const { id, name } = record;
        this.#parts.events.emit("agent_created", { agent_id: id, name, state: agentState(row) });
        resolve(row);
      });
    });
  }

  #launch(row: AgentRow): void {
    const definition = this.#definitions.get(row.record.definition);
    this.#parts.matcher.add(row);
    this.#rosterChanged();
    if (definition === undefined) return;
    row.link = this.#start(definition, row.record.id, {
      ready: () => this.#became(row, "ready", undefined),
      failed: (reason) => this.#failed(row, reason),
    });
  }

  #failed(row: AgentRow, reason: string): void {
    if (row.condition === "removed" || row.condition === "failed") return;
    const { writer, clock, log } = this.#parts;
    log.log("error", "an agent failed too often and is out", {
      agent: row.record.id,
      name: row.record.name,
      reason,
    });
    writer.write([ENTRY.agentFailed, row.number, Math.round(clock.wallMs()), reason]);
    this.#became(row, "failed", reason);
  }

  #became(row: AgentRow, condition: "ready" | "failed", reason: string | undefined): void {
    if (row.condition === "removed") return;
    row.condition = condition;
    row.conditionReason = reason;
    this.#parts.matcher.refresh(row);
    this.#parts.events.emit("agent_status_changed", {
      agent_id: row.record.id,
      state: agentState(row),
      ...(reason === undefined ? {} : { reason }),
    });
    this.#rosterChanged();
  }

  /** Looks at all waiting tasks once, however many agents came or went in this turn of the event loop. */
  #rosterChanged(): void {
    if (this.#rosterDue) return;
    this.#rosterDue = true;
    this.#parts.scheduler.endOfJob(() => {
      this.#rosterDue = false;
      this.#parts.matcher.forgetPools();
      this.#dispatcher.rosterChanged();
    });
  }

  #noDefinition(spec: AgentSpec): HubError {
    const available = this.#definitions.names();
    const wanted =
      spec.definition === undefined
        ? `capabilities ${(spec.capabilities ?? []).map((one) => one.name).join(", ") || "(none given)"}`
        : `definition "${spec.definition}"`;
    const meant = spec.definition === undefined ? undefined : closest(spec.definition, available);
    const advice =
      meant === undefined ? `loaded are: ${available.join(", ") || "(none)"}` : `did you mean "${meant}"?`;
    const message = `no loaded definition fits ${wanted}; ${advice}`;
    return new HubError("NO_DEFINITION", message, { data: { available } });
  }
}

function nameTaken(name: string, id: string | undefined): HubError {
  const message =
    id === undefined
      ? `an agent named "${name}" is being created; choose another name`
      : `the agent ${id} has the name "${name}"; choose another, or DELETE /api/agents/${id} first`;
  return new HubError("CONFLICT", message, { data: { name, ...(id === undefined ? {} : { agent_id: id }) } });
}

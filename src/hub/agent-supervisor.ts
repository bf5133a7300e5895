// The supervisor that every agent has for itself, and the link through which the hub reaches the agent. Supervisors run
// on the main thread, agents on any other.
//
// An agent that crashes is restarted after a backoff, at most five times in a minute; then its supervisor gives up. A
// supervisor is temporary: when it ends, the hub hears of it and nothing else happens, so no agent's trouble reaches
// another agent or the hub.

import { threadOf } from "../actor/address.js";
import type { ActorContext, StopReason } from "../actor/definition.js";
import { defineActor } from "../actor/definition.js";
import type { ActorRef } from "../actor/ref.js";
import type { ActorSystem } from "../runtime/system.js";
import type { AgentArgs } from "./agent-context.js";
import type { AgentDefinition, AgentProtocol } from "./agent-definition.js";
import type { AgentLink, AttemptAnswer } from "./agent-link.js";
import type { AgentLife } from "./agents.js";
import type { AttemptMessage } from "./attempt.js";

interface SupervisorArgs {
  readonly definition: AgentDefinition;
  readonly agentArgs: AgentArgs;
  /** Called each time the supervisor has started its agent. By reference: both live on the main thread. */
  readonly attached: (agent: ActorRef<AgentProtocol>) => void;
}

const AgentSupervisor = defineActor({
  name: "agent-supervisor",
  state: ({ definition, agentArgs, attached }: SupervisorArgs, ctx: ActorContext) => {
    const agent = ctx.spawn(definition.actor, { name: "agent", args: agentArgs, on: "any" });
    attached(agent);
    return { agent };
  },
  on: {
    replace(ctx) {
      ctx.restart(ctx.state.agent);
    },
  },
  supervision: {
    intensity: { restarts: 5, withinMs: 60_000 },
    backoff: { minMs: 100, maxMs: 5_000, jitter: 0.2 },
  },
});

/** Starts an agent under a supervisor called `agentId`. */
export function superviseAgent(
  system: ActorSystem,
  definition: AgentDefinition,
  agentId: string,
  agentArgs: AgentArgs,
  life: AgentLife,
): AgentLink {
  const link = new SupervisedAgent(system, life);
  link.supervise(definition, agentId, agentArgs);
  return link;
}

class SupervisedAgent implements AgentLink {
  readonly #system: ActorSystem;
  readonly #life: AgentLife;
  #supervisor: ActorRef | undefined = undefined;
  #agent: ActorRef<AgentProtocol> | undefined = undefined;
  #unwatch: (() => void) | undefined = undefined;
  #place: string | undefined = undefined;

  constructor(system: ActorSystem, life: AgentLife) {
    this.#system = system;
    this.#life = life;
  }

  get place(): string | undefined {
    return this.#place;
  }

  supervise(definition: AgentDefinition, agentId: string, agentArgs: AgentArgs): void {
    const attached = (agent: ActorRef<AgentProtocol>): void => {
      this.#agent = agent;
      this.#place = `thread ${threadOf(agent.address)}`;
      this.#life.ready();
    };
    this.#supervisor = this.#system.spawn(AgentSupervisor, {
      name: agentId,
      args: { definition, agentArgs, attached },
      on: "this",
      restart: "temporary",
    });
    this.#unwatch = this.#system.watch(this.#supervisor, (reason) => this.#ended(reason));
  }

  run(message: AttemptMessage, limitMs: number, answer: AttemptAnswer): void {
    const agent = this.#agent;
    if (agent === undefined) {
      answer(undefined, new Error("the agent has not started yet"));
      return;
    }
    agent.ask("run", message, { timeoutMs: limitMs }).then(
      (outcome) => answer(outcome, undefined),
      (fault: unknown) => answer(undefined, fault instanceof Error ? fault : new Error(String(fault))),
    );
  }

  cancel(fence: number, reason: string): void {
    this.#agent?.tell("cancel", [fence, reason]);
  }

  replace(_reason: string): void {
    this.#supervisor?.tell("replace");
  }

  stop(): void {
    this.#unwatch?.();
    if (this.#supervisor !== undefined) this.#system.stop(this.#supervisor);
  }

  #ended(reason: StopReason): void {
    const why = reason.error === undefined ? reason.code : `${reason.code}: ${reason.error.message}`;
    this.#life.failed(why);
  }
}

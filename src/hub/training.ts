// The training of the outcome predictor as a job on the pool of the process: away from the hub's thread and from every
// actor, on the same engine as the hub.

import { defineJob } from "../actor/job.js";
import { loadAddon } from "../base/addon.js";
import { createNetworkEngine } from "../compute/network.js";
import { type OutcomeTrainingJob, type TrainingPool, trainOutcomes } from "../compute/predictor-job.js";
import type { ActorSystem } from "../runtime/system.js";

interface TrainingOrder {
  readonly job: OutcomeTrainingJob;
  /** The hub does without the native addon, so this does, too. */
  readonly nativeDisabled: boolean;
}

export const outcomeTraining = defineJob({
  module: import.meta.url,
  name: "outcome-training",
  run: ({ job, nativeDisabled }: TrainingOrder) =>
    trainOutcomes(job, createNetworkEngine(loadAddon({ disabled: nativeDisabled }).addon)),
});

/** Trains on the pool of `system`, which ends what goes on when it shuts down. */
export function trainingOn(system: ActorSystem): TrainingPool {
  return {
    run: (job) => system.offload(outcomeTraining, { job, nativeDisabled: system.addon === undefined }),
  };
}

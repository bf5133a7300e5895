// A CPU job: a pure function of its input that runs on the pool of the process, away from every actor.

import { DefinitionError } from "./definition.js";

export interface Job<Input, Output> {
  readonly kind: "job";
  readonly module: string;
  readonly name: string;
  readonly run: (input: Input) => Output | Promise<Output>;
}

/** Defines a job. Export it from `module` under any name; `name` finds it there. */
export function defineJob<Input, Output>(spec: {
  /** `import.meta.url` of the module that exports the job. */
  readonly module: string;
  readonly name: string;
  run(input: Input): Output | Promise<Output>;
}): Job<Input, Awaited<Output>> {
  if (!spec.module) throw new DefinitionError(`job ${spec.name}: give \`module: import.meta.url\``);
  return {
    kind: "job",
    module: spec.module,
    name: spec.name,
    run: spec.run as Job<Input, Awaited<Output>>["run"],
  };
}

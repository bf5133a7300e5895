// Testing with actors: a system for one test with probes and a manual clock, and whole systems in one isolate on
// virtual time and a seed.

export type { Census, Leftovers, Living } from "./testkit/census.js";
export type { Pattern } from "./testkit/pattern.js";
export { ExpectationFailed, type ExpectOptions, type Probe, type Received } from "./testkit/probe.js";
export { Simulation, type SimulationOptions, SimulationStuck } from "./testkit/simulation.js";
export { createTestSystem, type TestSystem, type TestSystemOptions } from "./testkit/test-system.js";
export { VirtualTime } from "./testkit/virtual-time.js";

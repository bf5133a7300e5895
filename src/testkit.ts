// Testing with actors: a whole system in one isolate, on virtual time and a seed.

export { Simulation, type SimulationOptions, SimulationStuck } from "./testkit/simulation.js";
export { VirtualTime } from "./testkit/virtual-time.js";

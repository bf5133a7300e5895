// Computes once, prints the compute process, and ends without closing the engine.

import { systemClock, systemTimers } from "../../../src/base/clock.js";
import { systemRandom } from "../../../src/base/random.js";
import { GpuEngine } from "../../../src/compute/gpu/engine.js";

const ports = { clock: systemClock(), timers: systemTimers(), random: systemRandom() };
const engine = new GpuEngine({ ports, modes: ["webasm", "cpu"] });
const query = new Float32Array(256).fill(1);
const { count } = await engine.similarTopAsync(query, { values: query, rows: 1, isUnit: false }, 1);
console.log(JSON.stringify({ count, pid: engine.status.pid }));

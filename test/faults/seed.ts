// Chance that can be replayed: the seed is printed, and HIVE_SEED brings it back.

import { type Random, seededRandom } from "../../src/base/random.js";

/** A generator for the test of this name. */
export function chance(name: string): Random {
  const given = Number(process.env["HIVE_SEED"]);
  const seed = Number.isInteger(given) && given > 0 ? given : 1 + Math.floor(Math.random() * 0x7fff_ffff);
  console.log(`${name}: HIVE_SEED=${seed}`);
  return seededRandom(seed);
}

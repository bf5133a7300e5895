// Which engine searches on this thread. Why it is chosen once and not per call: both give the same bits, so it is about
// speed only.

import type { Addon } from "../base/addon.js";
import type { SimilarEngine } from "./similar.js";
import { JsSimilar } from "./similar-js.js";
import { NativeSimilar } from "./similar-native.js";

/** The native engine where the addon is there, else the TypeScript engine. */
export function createSimilarEngine(addon: Addon | undefined): SimilarEngine {
  return addon === undefined ? new JsSimilar() : new NativeSimilar(addon);
}

// Which engine embeds. Why it is chosen once and not per call: both give the same bits, so it is about speed only.

import type { Addon } from "../base/addon.js";
import type { TextEmbedder } from "./embed.js";
import { JsEmbedder } from "./embed-js.js";
import { NativeEmbedder } from "./embed-native.js";

/** An embedder on the native engine where the addon is there, else on the TypeScript engine. */
export function createEmbedder(addon: Addon | undefined): TextEmbedder {
  return addon === undefined ? new JsEmbedder() : new NativeEmbedder(addon);
}

// The addon for our side of a compute question, or an error that shows our side as missing.

import { type Addon, loadAddon } from "../../src/base/addon.js";

export function nativeAddon(): Addon {
  const { addon, reason } = loadAddon();
  if (addon === undefined) throw new Error(reason);
  return addon;
}

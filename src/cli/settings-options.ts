// The options that choose settings, shared by every command, and the settings they make.

import { CommandError, EXIT } from "./exit-codes.js";
import { type FlagSetting, loadSettings, type SettingsResult } from "./settings.js";
import type { Settings } from "./settings-shape.js";

export interface SettingsOptions {
  readonly config?: readonly string[];
  readonly set?: readonly string[];
  readonly host?: string;
  readonly port?: string;
  readonly data?: string;
  readonly threads?: string;
  readonly logLevel?: string;
}

/** The settings of this command line and environment, or all that is wrong with them. */
export function readSettings(options: SettingsOptions): SettingsResult {
  return loadSettings({
    files: options.config ?? [],
    env: process.env,
    flags: flagSettings(options),
    workingDir: process.cwd(),
  });
}

/** The settings, or a `CommandError` that ends with exit code 78. */
export function requireSettings(options: SettingsOptions): Settings {
  const result = readSettings(options);
  if (result.ok) return result.settings;
  const lines = result.problems.map((problem) => problem.message).join("\n  ");
  const data = { problems: result.problems };
  throw new CommandError("CONFIGURATION", `the settings are wrong:\n  ${lines}`, EXIT.configuration, {
    data,
  });
}

function flagSettings(options: SettingsOptions): FlagSetting[] {
  const short: readonly (readonly [string, string, string | undefined])[] = [
    ["--host", "server.host", options.host],
    ["--port", "server.port", options.port],
    ["--data", "data.dir", options.data],
    ["--threads", "runtime.threads", options.threads],
    ["--log-level", "logging.level", options.logLevel],
  ];
  const general = (options.set ?? []).map((pair) => {
    const at = pair.indexOf("=");
    const [setting, text] = at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
    return { flag: `--set ${setting}`, setting: setting.trim(), text };
  });
  // The short flags come last: they are the more deliberate spelling.
  const named = short.flatMap(([flag, setting, text]) =>
    text === undefined ? [] : [{ flag, setting, text }],
  );
  return [...general, ...named];
}

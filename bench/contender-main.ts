// The process of one contender: `contender-main.js <group/question> <system> <quick|full>`. It opens, warms up, says
// that it is ready, and then does one counted run for each message, until its parent lets go of it.

import { findQuestion } from "./catalog.js";
import type { Answer } from "./contender-process.js";
import { countedRun, warmUp } from "./counted-run.js";
import { type Contender, scaleOf } from "./question.js";

const [name = "", system = "", size = "full"] = process.argv.slice(2);

try {
  const scale = scaleOf(size === "quick");
  const contender = findQuestion(name)
    ?.contenders(scale)
    .find((one): one is Contender => one.system === system && "open" in one);
  if (contender === undefined) throw new Error(`nobody called "${system}" answers "${name}"`);
  const session = await contender.open();
  await warmUp(session, scale);
  process.on("message", () => {
    countedRun(session).then((measured) => say({ measured }), fail);
  });
  process.on("disconnect", () => void session.close().finally(() => process.exit(0)));
  say({ ready: true });
} catch (error) {
  fail(error);
}

function fail(error: unknown): void {
  say({ failed: error instanceof Error ? error.message : String(error) });
}

function say(answer: Answer): void {
  process.send?.(answer);
}

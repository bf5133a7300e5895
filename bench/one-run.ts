// The child process of a question that wants a fresh one for each run:
// `one-run.js <group/question> <system> <quick|full>`.

import { findQuestion } from "./catalog.js";
import { measureOnce } from "./harness.js";
import { type Contender, scaleOf } from "./question.js";

const [name = "", system = "", size = "full"] = process.argv.slice(2);
const scale = scaleOf(size === "quick");
const question = findQuestion(name);
const contender = question
  ?.contenders(scale)
  .find((one): one is Contender => one.system === system && "open" in one);
if (contender === undefined) throw new Error(`nobody called "${system}" answers "${name}"`);
const measured = await measureOnce(contender, scale);
process.send?.(measured, () => process.exit(0));

// Every question there is, and the names by which a group of them is asked.

import { agentUpdateQuestions } from "./compute/agent-update.js";
import { assignQuestions } from "./compute/assign.js";
import { embedQuestions } from "./compute/embed.js";
import { gpuQuestions } from "./compute/gpu.js";
import { networkQuestions } from "./compute/network.js";
import { predictorQuestions } from "./compute/predictor.js";
import { scoreMatrixQuestions } from "./compute/score-matrix.js";
import { similarQuestions } from "./compute/similar-top.js";
import { topKQuestions } from "./compute/top-k.js";
import { askQuestions } from "./cross-thread/ask.js";
import { oneWayQuestions } from "./cross-thread/one-way.js";
import { streamQuestions } from "./cross-thread/stream.js";
import { httpQuestions } from "./http/requests.js";
import type { Question } from "./question.js";
import { routingQuestions } from "./routing/questions.js";
import { lifeQuestions } from "./runtime/lives.js";
import { sameThreadQuestions } from "./runtime/same-thread-tell.js";
import { savinaQuestions } from "./savina/questions.js";

export const QUESTIONS: readonly Question[] = [
  ...sameThreadQuestions,
  ...lifeQuestions,
  ...oneWayQuestions,
  ...askQuestions,
  ...savinaQuestions,
  ...streamQuestions,
  ...httpQuestions,
  ...similarQuestions,
  ...embedQuestions,
  ...routingQuestions,
  ...topKQuestions,
  ...scoreMatrixQuestions,
  ...assignQuestions,
  ...agentUpdateQuestions,
  ...networkQuestions,
  ...predictorQuestions,
  ...gpuQuestions,
];

/** Groups that hold others beside their own questions. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  runtime: ["runtime", "cross-thread", "savina"],
  hub: ["hub", "http"],
};

/** The questions that `name` asks for: a group, a question, or group/question. */
export function questionsNamed(name: string): readonly Question[] {
  const groups = GROUPS[name] ?? [name];
  const byGroup = QUESTIONS.filter(({ group }) => groups.includes(group));
  return byGroup.length > 0
    ? byGroup
    : QUESTIONS.filter((one) => one.name === name || fullName(one) === name);
}

export function findQuestion(name: string): Question | undefined {
  return QUESTIONS.find((one) => fullName(one) === name);
}

export function fullName({ group, name }: Question): string {
  return `${group}/${name}`;
}

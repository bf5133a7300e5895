// The words by which tasks and agents are compared: what an agent's definition says of it, and what a task is about.
// Why not an agent's own name: it mostly numbers the agents of a definition, which can all do the same.
// Why not all of a task's input: only short texts in it are about something; long ones are what is to be worked on.

import type { SpecTuple } from "../wire/entries.js";
import type { ActionMeta } from "./actions.js";

/** Of a task; an embedding takes some 10 ns for each. */
const TASK_CHARS_MAX = 2_000;
/** A longer text in the input is none that says what the task is about. */
const INPUT_CHARS_MAX = 200;

export interface DescribedAgent {
  readonly definition: string;
  readonly description: string;
  readonly capabilities: readonly { readonly name: string }[];
  readonly actions: readonly ActionMeta[];
}

export function wordsOfAgent({ definition, description, capabilities, actions }: DescribedAgent): string {
  const skills = capabilities.map(({ name }) => name);
  const work = actions.flatMap(({ name, types }) => [name, ...types]);
  return [definition, description, ...skills, ...new Set(work)].join(" ");
}

/** The description, and what is short text in the input. */
export function wordsOfTask([, , description, parameters]: SpecTuple): string {
  let words = description;
  for (const value of Object.values(parameters)) {
    if (words.length >= TASK_CHARS_MAX) break;
    if (typeof value === "string" && value.length <= INPUT_CHARS_MAX) words += ` ${value}`;
  }
  return words.slice(0, TASK_CHARS_MAX);
}

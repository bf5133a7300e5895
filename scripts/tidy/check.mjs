// All rules over one repository.

import { checkClient, checkDeadFiles, checkLibraries, checkThreadWeight } from "./graphs.mjs";
import { checkActors, checkCycles, checkFloors, checkRoomNames } from "./rooms.mjs";
import { readProject } from "./source.mjs";
import { checkEnvironment, checkLater, checkLengths, checkTests } from "./texts.mjs";

const RULES = [
  checkFloors,
  checkRoomNames,
  checkActors,
  checkCycles,
  checkDeadFiles,
  checkLibraries,
  checkThreadWeight,
  checkClient,
  checkLengths,
  checkLater,
  checkTests,
  checkEnvironment,
];

/** `{ fileCount, problems }`, a problem being one line: where, what, what to do. */
export function checkHouse(root) {
  const project = readProject(root);
  const problems = RULES.flatMap((rule) => [...rule(project)]);
  problems.sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1));
  const lines = new Set(problems.map(({ path, line, message }) => `${path}:${line}: ${message}`));
  return { fileCount: project.files.size, problems: [...lines] };
}

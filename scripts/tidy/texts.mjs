// Rules about the text of one file: its length, its lines, its functions, promises for later, switched-off tests,
// and who reads the environment.

import { findFunctions } from "./functions.mjs";
import { ENVIRONMENT_READERS, FILE_LINES_MAX, FUNCTION_LINES_MAX, LINE_CHARS_MAX } from "./house.mjs";
import { problem } from "./rooms.mjs";
import { lineAt } from "./source.mjs";

const LATER = /\b(TODO|FIXME|XXX|HACK)\b(?:\(([^)]*)\))?:?[ \t]*(.*)/g;
const LATER_REASON_WORDS_MIN = 4;
const SWITCHED_OFF = new RegExp(
  [
    /\b(?:describe|suite|test|it|bench|context|ctx|t)\b(?:\.\w+)*\.(?:only|skip|todo)\b/.source,
    /\b(?:xit|xtest|xdescribe|fit|fdescribe)\s*\(/.source,
  ].join("|"),
  "g",
);
const ENVIRONMENT = /\bprocess\s*\??\.\s*(env|argv)\b/g;
const ENVIRONMENT_IMPORT = /\bimport\s*\{[^}]*\b(env|argv)\b[^}]*\}\s*from\s*(["'])/g;

/** Long files, lines and functions. */
export function* checkLengths({ files }) {
  for (const file of files.values()) {
    const lines = file.text.split("\n");
    const count = lines.at(-1) === "" ? lines.length - 1 : lines.length;
    if (count > FILE_LINES_MAX) {
      yield problem(
        file,
        1,
        `${count} lines, at most ${FILE_LINES_MAX}; give one of its subjects a file of its own`,
      );
    }
    for (const [index, text] of lines.entries()) {
      if (text.length <= LINE_CHARS_MAX) continue;
      yield problem(file, index + 1, `${text.length} characters, at most ${LINE_CHARS_MAX}; break the line`);
    }
    for (const { startAt, endAt, name } of findFunctions(file)) {
      const first = lineAt(file, startAt);
      const length = lineAt(file, endAt) - first + 1;
      if (length <= FUNCTION_LINES_MAX) continue;
      yield problem(
        file,
        first,
        `${name} has ${length} lines, at most ${FUNCTION_LINES_MAX}; name its steps as functions`,
      );
    }
  }
}

/** What is left for later says why it may wait. */
export function* checkLater({ files }) {
  for (const file of files.values()) {
    for (const comment of file.comments) {
      for (const match of comment.text.matchAll(LATER)) {
        const reason = `${match[2] ?? ""} ${match[3]}`.split(/\s+/).filter((word) => /\w/.test(word));
        if (match[1] === "TODO" && reason.length >= LATER_REASON_WORDS_MIN) continue;
        const advice = `do it now, or say why it waits: TODO: <what> because <why>`;
        yield problem(
          file,
          lineAt(file, comment.at + match.index),
          `${match[1]} without a reason; ${advice}`,
        );
      }
    }
  }
}

/** No test is switched off and none hides the others. */
export function* checkTests({ files }) {
  for (const file of files.values()) {
    if (!file.path.startsWith("test/")) continue;
    for (const match of file.code.matchAll(SWITCHED_OFF)) {
      const line = lineAt(file, match.index);
      yield problem(file, line, `"${match[0].trim()}" hides tests; mend the test or delete it`);
    }
  }
}

/** Only the command line reads the environment and the arguments; the rest gets validated options. */
export function* checkEnvironment({ files }) {
  for (const file of files.values()) {
    if (!/^(?:src|actors)\//.test(file.path)) continue;
    if (ENVIRONMENT_READERS.some((home) => file.path.startsWith(home))) continue;
    for (const match of [...file.code.matchAll(ENVIRONMENT), ...importsOfEnvironment(file)]) {
      yield problem(
        file,
        lineAt(file, match.index),
        `reads process.${match[1]}; only ${ENVIRONMENT_READERS.join(", ")} does: take an option instead`,
      );
    }
  }
}

function importsOfEnvironment(file) {
  return [...file.code.matchAll(ENVIRONMENT_IMPORT)].filter((match) => {
    const specifierAt = match.index + match[0].length;
    return /^(?:node:)?process["']/.test(file.text.slice(specifierAt, specifierAt + 20));
  });
}

// Rules about what a graph of imports reaches: dead files, libraries and their owners, the weight of a thread,
// and the client that must run in a browser.

import * as house from "./house.mjs";
import { problem } from "./rooms.mjs";
import { builtPaths, sourceOf } from "./source.mjs";

/** Files reached from `roots` over the edges `follow` accepts, each with the trail that led there. */
function reach({ files }, roots, follow) {
  const trails = new Map();
  const queue = roots.filter((path) => files.has(path)).map((path) => [path, [path]]);
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [path, trail] = next;
    if (trails.has(path)) continue;
    trails.set(path, trail);
    for (const edge of files.get(path).imports) {
      if (edge.target.file !== undefined && follow(edge))
        queue.push([edge.target.file, [...trail, edge.target.file]]);
    }
  }
  return trails;
}

/** Dead files: nothing that starts or is exported leads there. */
export function* checkDeadFiles(project) {
  const { files, packageJson } = project;
  const published = ["exports", "imports", "bin"].flatMap((key) =>
    Object.values(packageJson[key] ?? {}).flatMap((value) => builtPaths(value)),
  );
  const roots = [
    ...house.ENTRIES,
    ...house.STARTED_FILES,
    ...published.map((path) => sourceOf(project, path)).filter((path) => path !== undefined),
    ...[...files.keys()].filter(
      (path) => /^(?:actors|scripts)\/[^/]+$/.test(path) || path === "bench/main.ts",
    ),
  ];
  const alive = reach(project, roots, () => true);
  for (const file of files.values()) {
    if (!/^(?:src|actors|bench|scripts)\/.*\.(?:ts|mjs)$/.test(file.path) || alive.has(file.path)) continue;
    yield problem(
      file,
      1,
      "dead file: nothing exported or started reaches it; import it, delete it, or, if its path starts it, " +
        "list it in STARTED_FILES of scripts/tidy/house.mjs",
    );
  }
}

/** One foreign library, one file; and a library of the product is a dependency of the product. */
export function* checkLibraries({ files, packageJson }) {
  const declared = {
    ...packageJson.dependencies,
    ...packageJson.optionalDependencies,
    ...packageJson.peerDependencies,
  };
  const firstUser = new Map();
  for (const file of files.values()) {
    if (!/^(?:src|actors)\//.test(file.path)) continue;
    for (const { target, line, typeOnly } of file.imports) {
      const { library } = target;
      if (library === undefined) continue;
      if (!(library in declared) && !typeOnly) {
        yield problem(
          file,
          line,
          `"${library}" is not in package.json dependencies; users would miss it: add it`,
        );
      }
      const message = ownerProblem(file, library, firstUser);
      if (message !== undefined) yield problem(file, line, message);
    }
    if (house.ADDON_PATTERN.test(stringsOf(file)) && file.path !== house.ADDON_OWNER) {
      yield problem(file, 1, `loads the native addon; only ${house.ADDON_OWNER} does, ask it`);
    }
  }
}

function ownerProblem(file, library, firstUser) {
  if (library === "zod") {
    if (house.ZOD_HOMES.some((home) => file.path.startsWith(home))) return undefined;
    return `zod belongs where shapes are declared (${house.ZOD_HOMES.join(", ")}); declare the shape there`;
  }
  const owner = house.LIBRARY_OWNERS[library] ?? firstUser.get(library);
  if (owner === undefined) firstUser.set(library, file.path);
  if (owner === undefined || owner === file.path) return undefined;
  return `"${library}" is imported by a second file; only ${owner} knows it: ask that file for what you need`;
}

/** The file with its comments blanked but its strings kept. */
function stringsOf(file) {
  let text = file.text;
  for (const comment of file.comments) {
    text =
      text.slice(0, comment.at) +
      " ".repeat(comment.text.length) +
      text.slice(comment.at + comment.text.length);
  }
  return text;
}

const loadsAtOnce = (edge) => edge.kind === "static" && !edge.typeOnly;

/** Thread weight: what every thread loads stays light. */
export function* checkThreadWeight(project) {
  for (const entry of house.THREAD_ENTRIES) {
    for (const [path, trail] of reach(project, [entry], loadsAtOnce)) {
      const file = project.files.get(path);
      for (const edge of file.imports.filter(loadsAtOnce)) {
        if (!house.THREAD_FORBIDDEN.includes(edge.target.library)) continue;
        yield problem(
          file,
          edge.line,
          `every thread would load "${edge.target.library}" (${trail.join(" > ")}); keep it on the main thread, ` +
            "behind a port or a type-only import",
        );
      }
    }
  }
}

/** The client runs in browsers: nothing it loads may need Node. */
export function* checkClient(project) {
  for (const [path, trail] of reach(project, [house.CLIENT_ENTRY], (edge) => !edge.typeOnly)) {
    const file = project.files.get(path);
    for (const edge of file.imports) {
      if (edge.target.builtin === undefined || edge.typeOnly) continue;
      yield problem(
        file,
        edge.line,
        `a browser has no "${edge.target.builtin}" (${trail.join(" > ")}); use what browsers and Node share, or a ` +
          "conditional import",
      );
    }
  }
}

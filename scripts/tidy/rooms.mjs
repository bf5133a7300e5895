// Rules about who may import whom: floors, the names of rooms, actors, and import cycles.

import { ENTRIES, ENTRY_FLOOR, FORBIDDEN_ROOMS, ROOM_FLOORS } from "./house.mjs";

/** A file's place in the house: `{ room, floor }`, an entry being a room of its own; undefined outside src/. */
function placeOf(path) {
  if (!path.startsWith("src/")) return undefined;
  const words = path.split("/");
  if (words.length === 2) return { room: words[1], floor: ENTRY_FLOOR, entry: true };
  return { room: words[1], floor: ROOM_FLOORS[words[1]], entry: false };
}

/** Floors: a room imports strictly lower floors, types included. */
export function* checkFloors({ files }) {
  for (const file of files.values()) {
    const from = placeOf(file.path);
    if (from?.floor === undefined) continue;
    for (const { target, line } of file.imports) {
      if (target.self !== undefined) {
        yield problem(
          file,
          line,
          `src/ imports the package by its own name ("${target.self}"); import the file by its relative path`,
        );
      }
      if (target.file === undefined || target.file.startsWith(`src/${from.room}/`)) continue;
      const to = placeOf(target.file);
      if (to === undefined) {
        yield problem(
          file,
          line,
          `src/ imports ${target.file}; the product must not know ${rootOf(target.file)}/`,
        );
      } else if (to.floor !== undefined && to.floor >= from.floor && target.file !== file.path) {
        yield problem(
          file,
          line,
          `${from.room} (floor ${from.floor}) imports ${to.room} (floor ${to.floor}); a room imports strictly lower ` +
            "floors: declare a port here and implement it above, or move the shared part down",
        );
      }
    }
  }
}

/** Rooms: every folder of src/ has a floor and a telling name, and no index file of its own. */
export function* checkRoomNames({ files }) {
  const seen = new Set();
  for (const file of files.values()) {
    const words = file.path.split("/");
    if (words[0] !== "src") continue;
    const forbidden = words.slice(1).find((word) => FORBIDDEN_ROOMS.includes(word.replace(/\.ts$/, "")));
    if (forbidden !== undefined) {
      yield problem(
        file,
        1,
        `"${forbidden}" says nothing about what lives there; name the file or room by its subject`,
      );
    } else if (words.length === 2 && !ENTRIES.includes(file.path)) {
      yield problem(file, 1, `only ${ENTRIES.join(", ")} live directly in src/; move this file into a room`);
    } else if (words.length > 2 && ROOM_FLOORS[words[1]] === undefined && !seen.has(words[1])) {
      seen.add(words[1]);
      yield problem(file, 1, `room "${words[1]}" has no floor; give it one in scripts/tidy/house.mjs`);
    }
    if (words.length > 2 && /^index\.\w+$/.test(words.at(-1))) {
      yield problem(file, 1, "a room has no index file; import the file that holds what you need");
    }
  }
}

/** Shipped agents are our API's first users: they import the package's entries for threads and nothing else of ours. */
export function* checkActors({ files, packageJson }) {
  const name = packageJson.name ?? "hive";
  const entries = [name, `${name}/agent`];
  for (const file of files.values()) {
    if (!file.path.startsWith("actors/")) continue;
    for (const { target, line, specifier } of file.imports) {
      const outside = target.file !== undefined && !target.file.startsWith("actors/");
      const climbs = target.file === undefined && /^\.\.\/.*\bsrc\//.test(specifier);
      const otherEntry = target.self !== undefined && !entries.includes(target.self);
      if (outside || climbs || otherEntry) {
        yield problem(
          file,
          line,
          `actors/ imports "${specifier}"; import "${entries.join('" or "')}" and export there what is missing`,
        );
      }
    }
  }
}

/**
 * Cycles of what is loaded. Why types do not count: a ref and a context that name each other are one idea in two files;
 * they cannot load each other half-made, and floors keep rooms apart, types included.
 */
export function* checkCycles({ files }) {
  const state = new Map();
  const trail = [];
  const rings = [];
  const visit = (path) => {
    state.set(path, "open");
    trail.push(path);
    for (const { target, kind, typeOnly } of files.get(path).imports) {
      if (target.file === undefined || target.file === path || kind !== "static" || typeOnly) continue;
      if (state.get(target.file) === "open") rings.push(trail.slice(trail.indexOf(target.file)));
      else if (state.get(target.file) === undefined) visit(target.file);
    }
    trail.pop();
    state.set(path, "done");
  };
  for (const path of files.keys()) if (state.get(path) === undefined) visit(path);
  for (const ring of rings) yield cycleProblem(files, ring);
}

/** A ring has no beginning; it is told from the file that comes first by name. */
function cycleProblem(files, ring) {
  const first = ring.indexOf(ring.toSorted()[0]);
  const told = [...ring.slice(first), ...ring.slice(0, first)];
  const file = files.get(told[0]);
  const { line } = file.imports.find(({ target, typeOnly }) => target.file === told[1] && !typeOnly);
  const trail = [...told, told[0]].join(" > ");
  return problem(file, line, `import cycle ${trail}; move what both need into a file of its own`);
}

const rootOf = (path) => path.split("/")[0];

/** One line of tidy's output. */
export function problem(file, line, message) {
  return { path: file.path, line, message };
}

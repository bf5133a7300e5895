// Blobs that a task's parameters name: `{blob_id}` objects, alone or in a list, at the first level. They are checked
// at intake, so a task that waits for hours does not fail for a typing mistake.
// Why a bare id in `parameters.blob` is refused: it would pass here unchecked, and fail in the agent. What stands there
// is always a blob: its media type chooses the action.

import { isBlobId } from "../store/blob-files.js";
import type { Blobs } from "../store/blobs.js";
import type { FieldError } from "../wire/http-shapes.js";
import { validationError } from "./errors.js";

/** How much of a wrong value is repeated to the caller. */
const VALUE_CHARS_MAX = 100;

interface Named {
  readonly field: string;
  readonly id: string;
}

/** The blobs named by `parameters`; undefined when there are none, which is the usual case. */
function namedBlobs(parameters: Readonly<Record<string, unknown>>): Named[] | undefined {
  let found: Named[] | undefined;
  for (const key in parameters) {
    const value = parameters[key];
    if (typeof value !== "object" || value === null) continue;
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const item of list) {
      const id =
        typeof item === "object" && item !== null ? (item as { blob_id?: unknown }).blob_id : undefined;
      if (typeof id === "string") (found ??= []).push({ field: `parameters.${key}.blob_id`, id });
    }
  }
  return found;
}

/**
 * Checks that every blob that `parameters` names is there, and answers the media type of the first. Undefined at once
 * when none is named. Rejects with `VALIDATION_ERROR`; throws it where `parameters.blob` is a text.
 */
export function checkBlobs(
  parameters: Readonly<Record<string, unknown>>,
  blobs: Blobs,
): Promise<string> | undefined {
  if (typeof parameters.blob === "string") throw bareId(parameters.blob);
  const named = namedBlobs(parameters);
  return named === undefined ? undefined : checkNamed(named, blobs);
}

function bareId(given: string): Error {
  const message = 'is a text; name a blob as {"blob_id": "<its id>"}, as POST /api/blobs answers it';
  return validationError([{ field: "parameters.blob", message, value: given.slice(0, VALUE_CHARS_MAX) }]);
}

async function checkNamed(named: readonly Named[], blobs: Blobs): Promise<string> {
  const problems: FieldError[] = [];
  let mediaType: string | undefined;
  for (const { field, id } of named) {
    const stat = isBlobId(id) ? await blobs.stat(id) : undefined;
    if (stat === undefined)
      problems.push({ field, message: "no such blob; POST it to /api/blobs first", value: id });
    else mediaType ??= stat.media_type;
  }
  if (problems.length > 0) throw validationError(problems);
  return mediaType as string;
}

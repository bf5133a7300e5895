// What a stream method is called: by its author as it is written, in the table that runs and in messages with a star.

/** What the opening of a stream carries: the credit to begin with, and the method's own payload. */
export type Opening = readonly [window: number, payload: unknown];

/** The name under which the handler behind a stream method stands in the table. */
export function streamName(method: string): string {
  return `${method}*`;
}

export function isStream(name: string): boolean {
  return name.endsWith("*");
}

export function writtenName(name: string): string {
  return isStream(name) ? name.slice(0, -1) : name;
}

/** A message as its sender wrote it: the opening of a stream is told by its method and payload. */
export function asWritten<L extends { readonly method: string; readonly payload: unknown }>(letter: L): L {
  const { method, payload } = letter;
  if (!isStream(method) || !Array.isArray(payload)) return letter;
  return { ...letter, method: writtenName(method), payload: (payload as unknown as Opening)[1] };
}

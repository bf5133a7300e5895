// What one segment of a path can hold once it is decoded. Asked of paths that come in, and of the names that are to
// stand in them, so that nothing gets a name by which nobody can ask for it. Browser-safe.

/** What keeps `text` from being a segment; undefined when nothing does. */
export function segmentTrouble(text: string): string | undefined {
  if (text === ".." || text === ".") return "is a dot segment";
  if (text.includes("\0")) return "holds a NUL character";
  return text.includes("/") || text.includes("\\") ? "holds a slash" : undefined;
}

/** A value as a refusal shows it: short, and whatever it is. */
export function show(given: unknown): string {
  if (typeof given === "function") return `the function ${given.name || "without a name"}`;
  if (given instanceof Promise) return "a promise";
  if (Array.isArray(given)) return `a list of ${given.length}`;
  if (typeof given === "object" && given !== null)
    return `an object with ${Object.keys(given).join(", ") || "nothing"}`;
  return typeof given === "string" ? JSON.stringify(given) : String(given);
}

export function isObject(given: unknown): given is object {
  return typeof given === "object" && given !== null;
}

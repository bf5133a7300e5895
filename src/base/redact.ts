// Keeps secrets out of logs and printed settings. The way: `redact(value)` returns a copy fit to be shown.
// Why by name and by shape: a field called `token` is masked whatever it holds, and a string that looks like a
// bearer token is masked whatever its field is called. Both are cheap enough for every log line.

const SECRET_NAME =
  /(^|[_.-])(tokens?|secrets?|passw(or)?d|passphrase|authorization|cookie|credentials?|api_?key|private_?key)$/i;
const SECRET_TEXT =
  /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*|\bbearer\s+[\w.~+/=-]{8,}|(?<=:\/\/[^/\s:@]*:)[^/\s@]+(?=@)/gi;
/** Deeper values are cut: a log line is a sentence, not a dump. */
const DEPTH_MAX = 8;

/** What stands where a secret was. */
export const MASK = "[secret]";

/** True when a field of this name holds a secret: `token`, `api_key`, `clientSecret`, `set-cookie`. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.replace(/([a-z0-9])([A-Z])/g, "$1_$2"));
}

/** The text with bearer tokens and passwords inside URLs masked. */
export function redactText(text: string): string {
  return text.replace(SECRET_TEXT, MASK);
}

/** A copy of `value` without its secrets. Errors become plain records; nothing else is changed. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (depth >= DEPTH_MAX) return "[deep]";
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  const fields = value instanceof Error ? errorFields(value) : Object.entries(value);
  return Object.fromEntries(
    fields.map(([name, item]) => [name, holdsSecret(name, item) ? MASK : redact(item, depth + 1)]),
  );
}

/** A number is never a secret: `tokens: 1200` is a count. */
function holdsSecret(name: string, item: unknown): boolean {
  return isSecretName(name) && ((typeof item === "string" && item !== "") || typeof item === "object");
}

function errorFields(error: Error): [string, unknown][] {
  const own = Object.entries(error).filter(([name]) => name !== "cause");
  const cause: [string, unknown][] = error.cause === undefined ? [] : [["cause", error.cause]];
  return [["name", error.name], ["message", error.message], ["stack", error.stack], ...own, ...cause];
}

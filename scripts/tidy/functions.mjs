// Finds function bodies in masked code by their shape: a parameter list, perhaps a return type, then a brace.
// Nested functions count into the outer one. `describe` blocks are tables of contents, not functions.

const NOT_FUNCTIONS = /\b(?:if|for|while|switch|catch|with|describe\w*(?:\.each)?|constexpr)\s*$/;
const OPEN = "([{";
const CLOSE = ")]}";
const CPP_QUALIFIERS = /^(?:\s|const|noexcept|override|final|->\s*[\w:<>*&\s]+)*\{/;

/** `[{ startAt, endAt, name }]` for every function with a body in braces. */
export function findFunctions(file) {
  const { code } = file;
  const pairs = matchBrackets(code);
  const found = [];
  for (const [openAt, closeAt] of pairs) {
    if (code[openAt] !== "(") continue;
    const before = code.slice(Math.max(0, openAt - 600), openAt);
    if (NOT_FUNCTIONS.test(before)) continue;
    const bodyAt = file.language === "cpp" ? cppBodyAt(code, closeAt) : bodyAfter(code, closeAt, pairs);
    const endAt = bodyAt < 0 ? undefined : pairs.get(bodyAt);
    if (endAt === undefined || isDescribe(before)) continue;
    found.push({ startAt: openAt, endAt, name: nameBefore(before) });
  }
  return found;
}

function matchBrackets(code) {
  const pairs = new Map();
  const stack = [];
  for (let at = 0; at < code.length; at += 1) {
    const char = code[at];
    if (OPEN.includes(char)) stack.push(at);
    else if (CLOSE.includes(char)) {
      const openAt = stack.pop();
      if (openAt !== undefined) pairs.set(openAt, at);
    }
  }
  return pairs;
}

function cppBodyAt(code, closeAt) {
  const rest = code.slice(closeAt + 1, closeAt + 200);
  const match = CPP_QUALIFIERS.exec(rest);
  return match === null ? -1 : closeAt + match[0].length;
}

/** Where the body's brace is after the parameter list that closes at `closeAt`, or -1. */
function bodyAfter(code, closeAt, pairs) {
  const at = skipSpace(code, closeAt + 1);
  if (code[at] === "{") return at;
  if (code.startsWith("=>", at)) return arrowBody(code, at);
  return code[at] === ":" ? bodyAfterType(code, at + 1, pairs) : -1;
}

function arrowBody(code, at) {
  const next = skipSpace(code, at + 2);
  return code[next] === "{" ? next : -1;
}

/** Walks over a return type: a brace where a type may begin belongs to the type, the next one is the body. */
function bodyAfterType(code, from, pairs) {
  let typeMayBegin = true;
  for (let at = skipSpace(code, from); at < code.length; at = skipSpace(code, at + 1)) {
    const char = code[at];
    if (char === "{" && !typeMayBegin) return at;
    if (OPEN.includes(char)) {
      at = pairs.get(at) ?? code.length;
      typeMayBegin = false;
    } else if (code.startsWith("=>", at)) {
      const body = arrowBody(code, at);
      if (body >= 0) return body;
      typeMayBegin = true;
      at += 1;
    } else if (/[;=)\]}]/.test(char)) return -1;
    else if (/[\w$"'`]/.test(char)) {
      const word = /^[\w$]+|^./.exec(code.slice(at, at + 60))[0];
      typeMayBegin = /^(?:is|extends|keyof|typeof|readonly|infer|return)$/.test(word);
      at += word.length - 1;
    } else typeMayBegin = char !== ">";
  }
  return -1;
}

function skipSpace(code, from) {
  let at = from;
  while (at < code.length && /\s/.test(code[at])) at += 1;
  return at;
}

function isDescribe(before) {
  if (/\bdescribe\w*\(\s*(?:async\s*)?$/.test(before)) return true;
  const title = /["'`][^"'`]*["'`]\s*,\s*(?:\{[^}]*\}\s*,\s*)?(?:async\s*)?$/.exec(before);
  return title !== null && /\bdescribe\w*\b(?:(?!=>)[^;])*\(\s*$/.test(before.slice(0, title.index));
}

function nameBefore(before) {
  const name = /([\w$#]+)\s*(?:<[^()]*>)?\s*$/.exec(before)?.[1];
  if (name !== undefined && name !== "async" && name !== "function") return name;
  const assigned = /([\w$]+)\s*[:=]\s*(?:async\s*)?(?:function\s*)?$/.exec(before)?.[1];
  const caller = /([\w$]+)\s*\([^()]*$/.exec(before)?.[1];
  return assigned ?? (caller === undefined ? "this function" : `the function given to ${caller}`);
}

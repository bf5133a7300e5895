// Text to code: the same text with comments blanked and the insides of strings, templates and regular expressions
// blanked, so that rules can match on code without being fooled by prose. Every character keeps its position.
// Why by hand: the compiler of this project offers no JavaScript interface, and a scanner this small reads the
// whole repository in a fraction of a second.

const INTERESTING = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'|[`{}/]/g;
const REGEX_LITERAL = /\/(?![*/])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const TEMPLATE_STEP = /\\[\s\S]|\$\{|`/g;
const BEFORE_REGEX =
  /(?:^|[(,=:[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|in|of|do|else|await|yield|void))\s*$/;
const DIGIT_SEPARATOR = /\d'\d/g;

const blank = (text) => text.replace(/[^\n]/g, " ");
const blankInside = (text) => text[0] + blank(text.slice(1, -1)) + text[text.length - 1];

/** `{ code, prose }`: code without comments and string contents; prose holds only the comments. */
export function maskText(text, language) {
  const source =
    language === "cpp" ? text.replace(DIGIT_SEPARATOR, (match) => match.replace("'", "_")) : text;
  const masker = { source, code: "", comments: [], templates: [], braces: 0, language };
  let at = 0;
  while (at < source.length) at = step(masker, at);
  return { code: masker.code, comments: masker.comments };
}

/** Copies code up to the next interesting place, masks that, and returns where to go on. */
function step(masker, from) {
  INTERESTING.lastIndex = from;
  const found = INTERESTING.exec(masker.source);
  if (found === null) {
    masker.code += masker.source.slice(from);
    return masker.source.length;
  }
  masker.code += masker.source.slice(from, found.index);
  const token = found[0];
  const after = found.index + token.length;
  if (token.startsWith("//") || token.startsWith("/*")) {
    masker.comments.push({ at: found.index, text: token });
    masker.code += blank(token);
    return after;
  }
  if (token === "`") return template(masker, found.index);
  if (token === "/") return slash(masker, found.index);
  if (token === "{" || token === "}") return brace(masker, token, after);
  masker.code += blankInside(token);
  return after;
}

function brace(masker, token, after) {
  if (token === "{") {
    masker.braces += 1;
    masker.code += token;
    return after;
  }
  if (masker.templates.at(-1) === masker.braces) {
    masker.templates.pop();
    masker.code += ")";
    return templateText(masker, after);
  }
  masker.braces -= 1;
  masker.code += token;
  return after;
}

function slash(masker, at) {
  REGEX_LITERAL.lastIndex = at;
  const literal = masker.language === "cpp" ? null : REGEX_LITERAL.exec(masker.source);
  if (literal !== null && BEFORE_REGEX.test(masker.code.slice(-40))) {
    masker.code += blankInside(literal[0]);
    return at + literal[0].length;
  }
  masker.code += "/";
  return at + 1;
}

function template(masker, at) {
  masker.code += "`";
  return templateText(masker, at + 1);
}

/** Blanks template text up to its end or to the next `${`, whose code is kept between parentheses. */
function templateText(masker, from) {
  TEMPLATE_STEP.lastIndex = from;
  for (
    let found = TEMPLATE_STEP.exec(masker.source);
    found !== null;
    found = TEMPLATE_STEP.exec(masker.source)
  ) {
    if (found[0][0] === "\\") continue;
    masker.code += blank(masker.source.slice(from, found.index));
    if (found[0] === "`") {
      masker.code += "`";
      return found.index + 1;
    }
    masker.code += " (";
    masker.templates.push(masker.braces);
    return found.index + 2;
  }
  masker.code += blank(masker.source.slice(from));
  return masker.source.length;
}

// Markdown to the prose in it, line by line: markup characters go, headings and list items become sentences of their
// own, code blocks and tables' rules are left out. Not a Markdown parser: only what a reader would not read is removed.

/** Longest line looked at as one piece; a longer one is passed on in parts. */
const LINE_CHARS_MAX = 8192;

export class MarkdownProse {
  #line = "";
  #fence = false;

  /** The prose in the lines that end in this slice. */
  push(slice: string): string {
    const lines = (this.#line + slice).split("\n");
    this.#line = lines.pop() ?? "";
    if (this.#line.length > LINE_CHARS_MAX) {
      lines.push(this.#line);
      this.#line = "";
    }
    return lines.map((line) => `${this.#prose(line)}\n`).join("");
  }

  end(): string {
    const last = this.#prose(this.#line);
    this.#line = "";
    return last;
  }

  #prose(line: string): string {
    if (/^\s*(```|~~~)/.test(line)) {
      this.#fence = !this.#fence;
      return "";
    }
    if (this.#fence || /^[\s|:*=_-]+$/.test(line)) return "";
    const isBlock = /^\s*(#{1,6}\s|[-*+]\s|\d+[.)]\s|\|)/.test(line);
    const prose = line
      .replace(/^\s*(#{1,6}|[-*+]|\d+[.)]|>)\s+/, "")
      .replace(/!\[([^\]]*)\]\([^)]*\)/g, "$1")
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .replace(/`([^`]*)`/g, "$1")
      .replace(/(\*\*|__|\*|~~)(\S(?:.*?\S)?)\1/g, "$2")
      .replace(/<\/?[a-zA-Z][^>]*>/g, "")
      .replaceAll("|", ", ");
    return isBlock ? `\n${prose}\n` : prose;
  }
}

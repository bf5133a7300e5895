// The header screen: refuses requests whose framing two readers could understand differently.
// Why: the HTTP parser below accepts duplicate and empty Content-Length and Host headers and odd Transfer-Encoding
// values, and a proxy in front may read such a request as two. What is ambiguous is answered 400 and the connection
// is closed, before anything else looks at it.
// Why Idempotency-Key too: the parser takes bytes beyond ASCII for blanks and cuts them off both ends of a value, so
// what is empty here may have been a key, and looking a header up does not tell an empty one from none.

/** Anything that can show its headers, names in lower case, duplicates one by one. */
export interface HeaderSource {
  forEach(visit: (name: string, value: string) => void): void;
}

const HOST_CHARS = "host".length;
const ORIGIN_CHARS = "origin".length;
const CONTENT_LENGTH_CHARS = "content-length".length;
const IDEMPOTENCY_KEY_CHARS = "idempotency-key".length;
const TRANSFER_ENCODING_CHARS = "transfer-encoding".length;

const DIGITS = /^\d{1,15}$/;

/**
 * Looks at every header of a request once. One screen serves one thread; its counters are reused, so that a request
 * allocates nothing here.
 */
export class HeaderScreen {
  /** The Origin header of the request that was checked last; empty when there was none. */
  origin = "";
  #hosts = 0;
  #lengths = 0;
  #encodings = 0;
  #keys = 0;
  #fault: string | undefined;

  /** What is wrong with the headers, or undefined when nothing is. */
  check(request: HeaderSource): string | undefined {
    this.origin = "";
    this.#hosts = 0;
    this.#lengths = 0;
    this.#encodings = 0;
    this.#keys = 0;
    this.#fault = undefined;
    request.forEach(this.#visit);
    if (this.#fault !== undefined) return this.#fault;
    if (this.#hosts !== 1) return `The request has ${this.#hosts} Host headers; send exactly one.`;
    if (this.#keys > 1) return `The request has ${this.#keys} Idempotency-Key headers; send at most one.`;
    return this.#lengths + this.#encodings > 1 ? this.#framingFault() : undefined;
  }

  readonly #visit = (name: string, value: string): void => {
    switch (name.length) {
      case HOST_CHARS:
        if (name !== "host") return;
        this.#hosts++;
        if (value === "") this.#fault = "The Host header is empty; name the host once.";
        return;
      case ORIGIN_CHARS:
        if (name === "origin") this.origin = value;
        return;
      case CONTENT_LENGTH_CHARS:
        if (name !== "content-length") return;
        this.#lengths++;
        if (!DIGITS.test(value)) this.#fault = "Content-Length is not one whole number; send one.";
        return;
      case IDEMPOTENCY_KEY_CHARS:
        if (name !== "idempotency-key") return;
        this.#keys++;
        if (value === "")
          this.#fault = "Idempotency-Key holds no visible ASCII; send a key, or no such header.";
        return;
      case TRANSFER_ENCODING_CHARS:
        if (name !== "transfer-encoding") return;
        this.#encodings++;
        if (value.toLowerCase() !== "chunked") {
          this.#fault = "The only Transfer-Encoding understood here is chunked.";
        }
    }
  };

  #framingFault(): string {
    const [lengths, encodings] = [this.#lengths, this.#encodings];
    if (lengths > 1) return `The request has ${lengths} Content-Length headers; send at most one.`;
    if (encodings > 1) return `The request has ${encodings} Transfer-Encoding headers; send at most one.`;
    return "The request has Content-Length and Transfer-Encoding; send one of them.";
  }
}

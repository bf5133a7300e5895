// The header screen: refuses requests whose framing two readers could understand differently.
// Why: the HTTP parser below accepts duplicate and empty Content-Length and Host headers and odd Transfer-Encoding
// values, and a proxy in front may read such a request as two. What is ambiguous is answered 400 and the connection
// is closed, before anything else looks at it.

/** Anything that can show its headers, names in lower case, duplicates one by one. */
export interface HeaderSource {
  forEach(visit: (name: string, value: string) => void): void;
}

const HOST_CHARS = "host".length;
const CONTENT_LENGTH_CHARS = "content-length".length;
const TRANSFER_ENCODING_CHARS = "transfer-encoding".length;

const DIGITS = /^\d{1,15}$/;

/**
 * Makes a screen: a function that answers what is wrong with the headers of a request, or undefined when nothing is.
 * One screen serves one thread; its counters are reused so that a request allocates nothing here.
 */
export function createHeaderScreen(): (request: HeaderSource) => string | undefined {
  let hosts = 0;
  let lengths = 0;
  let encodings = 0;
  let fault: string | undefined;
  const visit = (name: string, value: string): void => {
    if (name.length === HOST_CHARS && name === "host") {
      hosts++;
      if (value === "") fault = "The Host header is empty; name the host once.";
    } else if (name.length === CONTENT_LENGTH_CHARS && name === "content-length") {
      lengths++;
      if (!DIGITS.test(value)) fault = "Content-Length is not one whole number; send one.";
    } else if (name.length === TRANSFER_ENCODING_CHARS && name === "transfer-encoding") {
      encodings++;
      if (value.toLowerCase() !== "chunked") fault = "The only Transfer-Encoding understood here is chunked.";
    }
  };
  return (request) => {
    hosts = 0;
    lengths = 0;
    encodings = 0;
    fault = undefined;
    request.forEach(visit);
    if (fault !== undefined) return fault;
    if (hosts !== 1) return `The request has ${hosts} Host headers; send exactly one.`;
    if (lengths > 1) return `The request has ${lengths} Content-Length headers; send at most one.`;
    if (encodings > 1) return `The request has ${encodings} Transfer-Encoding headers; send at most one.`;
    if (lengths + encodings > 1)
      return "The request has Content-Length and Transfer-Encoding; send one of them.";
    return undefined;
  };
}

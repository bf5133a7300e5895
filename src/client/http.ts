// Requests of the client: the envelope taken apart, errors coded, and sent again where that is safe.
// Safe is what reads, what carries an idempotency key, and what the hub refused before it did anything (503, 429). The
// hub may be respawned on its port while a program runs; within `retryForMs` such a program notices nothing.
// Why requests queue here: thousands of creates at once would otherwise open thousands of connections.

import type { Envelope } from "../wire/http-shapes.js";
import type { ConnectSettings } from "./connect-options.js";
import { answeredError, ClientError, cancelled, clientClosed, connectionLost } from "./errors.js";
import { jsonText } from "./json-body.js";
import { backoffMs, pause } from "./pause.js";

export interface RequestSpec {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Gives a fresh body for each attempt; `failed` hears why it breaks off. Both end the request with that error. */
  readonly body?: (failed: (error: unknown) => void) => BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
  /** True when doing it twice is the same as doing it once. */
  readonly repeatable: boolean;
  /** The body can be read only once: there is no second attempt, not even when the hub refused the first. */
  readonly once?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** In place of the option; 0 for none, for bodies that take as long as they take. */
  readonly timeoutMs?: number;
}

/** Bodies fetch takes; `duplex` is for streams and missing from older types. */
type BodyInit = string | Uint8Array | Blob | ReadableStream<Uint8Array>;

/** Refused before anything was done. */
const REFUSED_STATUSES: ReadonlySet<number> = new Set([429, 503]);
const RETRY_AFTER_MAX_MS = 5_000;

/** One attempt of a request. */
interface Attempt {
  readonly spec: RequestSpec;
  readonly headers: Headers;
  readonly json: string | undefined;
  /** What the caller's own body failed with. */
  broken: { readonly error: unknown } | undefined;
}

type Work<T> = (attempt: Attempt, signal: AbortSignal) => Promise<T>;

export class Http {
  readonly #options: ConnectSettings;
  readonly #waiting: (() => void)[] = [];
  /** What is in progress. Why not listeners on one signal: beyond ten of them Node warns of a leak. */
  readonly #open = new Set<AbortController>();
  #closed = false;
  #running = 0;

  constructor(options: ConnectSettings) {
    this.#options = options;
  }

  /** Sends a request and answers the data of its envelope. */
  async data<T>(spec: RequestSpec): Promise<T> {
    return this.#persist(spec, async (attempt, signal) => {
      const response = await this.#fetch(attempt, signal);
      const envelope = await readEnvelope(response);
      if (response.ok && envelope.success) return envelope.data as T;
      throw envelope.error === null
        ? new ClientError("BAD_ANSWER", `The hub answered ${response.status} without an error.`)
        : answeredError(envelope.error, response.status, envelope.request_id);
    });
  }

  /** Sends a request and answers the response once its head is there; the caller reads the body. */
  async response(spec: RequestSpec): Promise<Response> {
    return this.#persist(spec, async (attempt, signal) => {
      const response = await this.#fetch(attempt, signal);
      if (response.ok) return response;
      const envelope = await readEnvelope(response);
      if (envelope.error === null)
        throw new ClientError("BAD_ANSWER", `The hub answered ${response.status}.`);
      throw answeredError(envelope.error, response.status, envelope.request_id);
    });
  }

  /** Cancels what is in progress. */
  close(): void {
    this.#closed = true;
    for (const bound of this.#open) bound.abort();
  }

  /** Attempts until it works, it must not be repeated, or time is up. */
  async #persist<T>(spec: RequestSpec, work: Work<T>): Promise<T> {
    const json = spec.json === undefined ? undefined : jsonText(spec.json);
    const headers = this.#headers(spec);
    const startMs = performance.now();
    for (let count = 1; ; count++) {
      const attempt: Attempt = { spec, headers, json, broken: undefined };
      await this.#enter(spec.signal);
      let failure: ClientError;
      try {
        return await this.#bounded(attempt, work);
      } catch (error) {
        if (attempt.broken !== undefined && error === attempt.broken.error) throw error;
        failure = error as ClientError;
      } finally {
        this.#leave();
      }
      const waitMs = spec.once === true ? undefined : retryDelayMs(failure, spec.repeatable, count);
      const elapsedMs = performance.now() - startMs;
      if (waitMs === undefined || elapsedMs + waitMs > this.#options.retryForMs) throw failure;
      await this.#within(spec.signal, ({ signal }) => pause(waitMs, signal));
    }
  }

  /** Does something that the caller's signal and the end of the client end, and says which it was. */
  async #within<T>(given: AbortSignal | undefined, work: (bound: AbortController) => Promise<T>): Promise<T> {
    const ended = (): ClientError | undefined =>
      this.#closed ? clientClosed() : given?.aborted ? cancelled(given) : undefined;
    const already = ended();
    if (already !== undefined) throw already;
    const bound = new AbortController();
    const forward = (): void => bound.abort();
    this.#open.add(bound);
    given?.addEventListener("abort", forward, { once: true });
    try {
      return await work(bound);
    } catch (error) {
      throw ended() ?? error;
    } finally {
      this.#open.delete(bound);
      given?.removeEventListener("abort", forward);
    }
  }

  /**
   * One attempt, under the caller's signal, the client's and the time limit. What it throws is a ClientError, or what
   * the caller's own body failed with.
   */
  #bounded<T>(attempt: Attempt, work: Work<T>): Promise<T> {
    const { spec } = attempt;
    const limitMs = spec.timeoutMs ?? this.#options.requestTimeoutMs;
    return this.#within(spec.signal, async (bound) => {
      const timer = limitMs === 0 ? undefined : setTimeout(() => bound.abort(), limitMs);
      try {
        return await work(attempt, bound.signal);
      } catch (error) {
        if (attempt.broken !== undefined) throw attempt.broken.error;
        if (error instanceof ClientError) throw error;
        const what = bound.signal.aborted
          ? `did not answer within ${limitMs} ms`
          : "cannot be reached or went away";
        throw connectionLost(`The hub at ${this.#options.url} ${what} (${spec.method} ${spec.path}).`, error);
      } finally {
        clearTimeout(timer);
      }
    });
  }

  /** Throws OPTIONS for what no header can hold. */
  #headers({ headers: given, json }: RequestSpec): Headers {
    const { token } = this.#options;
    const headers = new Headers({ accept: "application/json" });
    if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
    if (json !== undefined) headers.set("content-type", "application/json");
    for (const [name, value] of Object.entries(given ?? {})) {
      try {
        headers.set(name, value);
      } catch (error) {
        const what = `${name}: ${JSON.stringify(value)} cannot be a header; give one line of plain letters.`;
        throw new ClientError("OPTIONS", what, { cause: error });
      }
    }
    return headers;
  }

  #fetch(attempt: Attempt, signal: AbortSignal): Promise<Response> {
    const { spec, headers, json } = attempt;
    const failed = (error: unknown): void => {
      attempt.broken ??= { error };
    };
    let body: BodyInit | undefined = json;
    try {
      body ??= spec.body?.(failed);
    } catch (error) {
      failed(error);
      throw error;
    }
    const init = {
      method: spec.method,
      headers,
      signal,
      ...(body === undefined ? {} : { body, duplex: "half" }),
    };
    return fetch(new URL(spec.path, this.#options.url), init as RequestInit);
  }

  async #enter(signal: AbortSignal | undefined): Promise<void> {
    if (this.#running < this.#options.concurrency) {
      this.#running++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(cancelled(signal as AbortSignal));
      };
      const enter = (): void => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      this.#waiting.push(enter);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Hands the place to the next in line, or frees it. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running--;
    else next();
  }
}

async function readEnvelope(response: Response): Promise<Envelope> {
  const text = await response.text();
  try {
    return JSON.parse(text) as Envelope;
  } catch {
    const start = text.slice(0, 80);
    throw new ClientError("BAD_ANSWER", `The hub answered ${response.status} and no JSON: ${start}`, {
      status: response.status,
    });
  }
}

function retryDelayMs(failure: ClientError, repeatable: boolean, attempt: number): number | undefined {
  if (failure.code === "CONNECTION_LOST" || failure.code === "IDEMPOTENCY_KEY_IN_FLIGHT") {
    return repeatable ? backoffMs(attempt) : undefined;
  }
  if (failure.status === undefined || !REFUSED_STATUSES.has(failure.status)) return undefined;
  return Math.min(backoffMs(attempt), RETRY_AFTER_MAX_MS);
}

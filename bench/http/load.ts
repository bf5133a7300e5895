// Load on an HTTP server: autocannon in this process, wrk beside it where it is installed.
// Why both: autocannon counts to an exact number of requests, so every one is accounted for, but it is itself the limit
// near 75 thousand a second; wrk is not, but it counts for a time.

import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import autocannon from "autocannon";
import type { Measured } from "../question.js";

export const CONNECTIONS = 64;
const WRK_THREADS = 1;

export interface Shot {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A fresh body for each request. */
  readonly body?: () => string;
  /** Requests that a connection sends before it waits for an answer; one unless told. */
  readonly pipelining?: number;
}

/** Exactly `amount` requests; verified when every answer that was waited for came and was a 2xx. */
export async function fire(
  { method, url, headers, body, pipelining = 1 }: Shot,
  amount: number,
): Promise<Measured> {
  const request: autocannon.Request = { method, headers: { ...headers } };
  if (body !== undefined) request.setupRequest = (one) => ({ ...one, body: body() });
  const startedMs = performance.now();
  let answeredMs = startedMs;
  const options = { url, connections: CONNECTIONS, pipelining, amount, requests: [request] };
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const load = autocannon(options, (error, done) => (error ? reject(error) : resolve(done)));
    // Why not its own duration: it notices the last answer at the next full second.
    load.on("response", () => {
      answeredMs = performance.now();
    });
  });
  const answered = result["2xx"];
  // A connection that has had its share hangs up on what is still in its pipe behind the last answer it counts.
  const expected = amount - CONNECTIONS * (pipelining - 1);
  const verified =
    answered === expected && result.errors === 0 && result.timeouts === 0 && result.non2xx === 0;
  return { value: answered / ((answeredMs - startedMs) / 1000), verified };
}

export function wrkIsThere(): boolean {
  return spawnSync("wrk", ["--version"]).error === undefined;
}

/** `seconds` of GET requests by wrk; verified when no answer was bad and no socket failed. */
export async function fireWithWrk(url: string, seconds: number): Promise<Measured> {
  const args = [`-t${WRK_THREADS}`, `-c${CONNECTIONS}`, `-d${seconds}s`, "--latency", url];
  const { stdout } = await promisify(execFile)("wrk", args);
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  const verified = perSecond > 0 && !/Non-2xx|Socket errors/.test(stdout);
  return { value: perSecond, verified, p50Us: quantileUs(stdout, 50), p99Us: quantileUs(stdout, 99) };
}

const MICROS_PER: Readonly<Record<string, number>> = { us: 1, ms: 1000, s: 1_000_000 };

function quantileUs(output: string, percent: number): number {
  const found = new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s)`).exec(output);
  return Number(found?.[1]) * (MICROS_PER[found?.[2] ?? ""] ?? Number.NaN);
}

// After an unclean end the file of the store is suspect: what LMDB cannot bear ends the process that opens it. So a
// child process opens it first.

import { fork } from "node:child_process";

import { damaged } from "./store-errors.js";

const CHECK_LIMIT_MS = 30_000;

/** Settles when a child process could read `path`; rejects with STORE_DAMAGED when it could not, or died of it. */
export function readInChild(path: string): Promise<void> {
  const child = fork(new URL("./database-check.js", import.meta.url), {
    execArgv: [],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    timeout: CHECK_LIMIT_MS,
    killSignal: "SIGKILL",
  });
  return new Promise((resolve, reject) => {
    let answer = "";
    let complaints = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      complaints = (complaints + text).slice(-1_000);
    });
    child.once("error", reject);
    child.once("message", (message) => {
      answer = String(message);
    });
    child.once("close", (code, signal) => {
      if (answer === "ok") return resolve();
      const ending = signal === null ? `code ${code}` : `signal ${signal}`;
      reject(
        damaged(
          path,
          `a child process that opened it ended with ${ending} ${answer || complaints.trim()}`.trim(),
        ),
      );
    });
    child.send(path);
  });
}

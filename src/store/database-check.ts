// A child process that opens a suspect database file first: what LMDB cannot bear ends this process and not the hub.
// It is sent one path, reads both ends of every table, answers "ok" and ends.

import { readBothEnds } from "./database.js";

process.once("message", (path: string) => {
  readBothEnds(path).then(
    () => process.send?.("ok", () => process.disconnect()),
    (error: unknown) => process.send?.(String(error), () => process.disconnect()),
  );
});

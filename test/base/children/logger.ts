// Writes a few lines to the log and ends without warning, as a crashing hub would.

import { openLog } from "../../../src/base/log.js";

const log = openLog({ level: "info", fd: 1, fields: { process: "hub" } });
log.log("debug", "below the level");
log.log("info", "a task came", { task_id: "t1", token: "s3cret", error: new Error("boom") });
log.log("fatal", "cannot go on", { headers: { authorization: "Bearer abcdefgh1234" } });
process.kill(process.pid, "SIGKILL");

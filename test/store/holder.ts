// A process of its own that opens the store in the directory it is given, says so, and waits to be ended.

import { systemTimers } from "../../src/base/clock.js";
import { openDatabase } from "../../src/store/database.js";

const dir = process.argv[2] as string;
const database = await openDatabase({ dir, timers: systemTimers(), log: { log: () => {} } });
await database.table("notes").put(1, Buffer.from("written before the end"));
process.send?.("open");
process.once("message", () => {
  void database.close().then(() => process.disconnect());
});

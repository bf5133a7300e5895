// The agent behind the task rows: it takes a task and has nothing to do, so that the rows show what the hub costs.

import { z } from "zod";
import { defineAgent } from "../../src/agent.js";

export default defineAgent({
  module: import.meta.url,
  name: "rester",
  version: "1.0.0",
  description: "Does nothing, at once",
  type: "worker",
  capabilities: [{ name: "resting", proficiency: 1 }],
  maxConcurrent: 10,
  actions: {
    rest: { types: ["rest"], input: z.object({}), run: async () => ({ rested: true }) },
  },
});

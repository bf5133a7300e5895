// The command behind `npm run bench:gate`: exit 1 when something became slower.

import { runGate } from "./gate.js";

const slower = await runGate(process.cwd(), process.argv[2]);
console.log(slower === 0 ? "nothing became slower" : `${slower} became slower than its spread explains`);
process.exit(slower === 0 ? 0 : 1);

// The other side of the comlink peer.

import { parentPort } from "node:worker_threads";
import { expose } from "comlink";
import { comlinkEndpoint } from "./comlink-endpoint.js";

if (parentPort === null) throw new Error("this file runs in a worker thread");

expose({ echo: (value: number): number => value }, comlinkEndpoint(parentPort));

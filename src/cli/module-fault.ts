// Why a module cannot be loaded, in one line with the place: `Unexpected identifier 'err' (/srv/agents/a.js:3)`.
// Why a child for some: an import that does not parse rejects with an error that has lost its place; only a program
// that dies of it is told. Such a module runs in neither, since nothing of it parses.

import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath, pathToFileURL } from "node:url";

const CHILD_TIMEOUT_MS = 10_000;
/** Of the program that reads the modules: its own frames say nothing about them. */
const OWN_CODE = new URL("../", import.meta.url).href;

/** What loading the module `file` threw, as one line that names the file and the line where they are known. */
export async function describeFault(file: string, thrown: unknown): Promise<string> {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const line = message.replace(/\s+/g, " ").trim();
  const place = placeOf(thrown) ?? (thrown instanceof SyntaxError ? await askChild(file) : undefined);
  return place === undefined ? line : `${line} (${place})`;
}

/** The place at the head of an error's stack, else the first frame in code that is not ours and no package's. */
function placeOf(thrown: unknown): string | undefined {
  const { stack } = (thrown ?? {}) as { stack?: unknown };
  if (typeof stack !== "string") return undefined;
  const frames = stack.split("\n").filter((line) => /^ +at /.test(line));
  const foreign = frames.find((line) => isForeign(/file:\/\/[^)]+/.exec(line)?.[0]));
  return headOf(stack) ?? readPlace(/(file:\/\/.+?):(\d+)(?::\d+)?\)?$/.exec(foreign ?? ""));
}

function isForeign(url: string | undefined): boolean {
  return url !== undefined && !url.startsWith(OWN_CODE) && !url.includes("/node_modules/");
}

/** Node writes `file:///srv/a.js:3` above the line of code that it cannot read. */
function headOf(stack: string): string | undefined {
  return readPlace(/^(file:\/\/.+):(\d+)$/m.exec(stack.split("\n", 1)[0] ?? ""));
}

function readPlace(match: RegExpExecArray | null): string | undefined {
  return match === null ? undefined : `${fileURLToPath(match[1] as string)}:${match[2]}`;
}

async function askChild(file: string): Promise<string | undefined> {
  const code = `await import(${JSON.stringify(pathToFileURL(file).href)});`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], {
    stdio: ["ignore", "ignore", "pipe"],
    timeout: CHILD_TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  const started = new Promise<boolean>((resolve) => {
    child.once("spawn", () => resolve(true));
    child.once("error", () => resolve(false));
  });
  return (await started) ? headOf(await text(child.stderr)) : undefined;
}

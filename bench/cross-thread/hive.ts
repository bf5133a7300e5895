// Our side: one system with one worker thread, every feature as a user has it by default.

import { createSystem, MailboxFull } from "../../src/index.js";
import type { Measured, Session } from "../question.js";
import type { Asker } from "./asking.js";
import { Echo, Sink, Source } from "./hive-actors.js";
import {
  binaryMessage,
  expectedSum,
  fieldsMessage,
  type Shape,
  typedMessage,
  weighFields,
} from "./shapes.js";

const OTHER_THREAD = 1;

type Answer = "sent" | "full" | "dead";

/** Sends until `count` were accepted. Full is an answer: the sender lets its event loop turn and tries again. */
async function pump(count: number, send: (index: number) => Answer): Promise<void> {
  for (let sent = 0; sent < count; ) {
    const answer = send(sent);
    if (answer === "sent") sent += 1;
    else if (answer === "full") await new Promise((resolve) => setImmediate(resolve));
    else throw new Error(`the sink is ${answer}`);
  }
}

/** `count` messages of one shape, one way; `value` turns messages per second into the question's unit. */
export async function openOneWay(
  shape: Shape,
  count: number,
  value: (perSecond: number) => number,
): Promise<Session> {
  const system = await createSystem({ threads: 1 });
  const sink = system.spawn(Sink, { name: "sink", on: OTHER_THREAD });
  const senders: Readonly<Record<Shape, (index: number) => Answer>> = {
    empty: () => sink.tell("empty"),
    typed: () => sink.tell("typed", typedMessage()),
    fields: (index) => sink.tell("fields", fieldsMessage(index)),
    binary: (index) => sink.tell("binary", binaryMessage(index)),
  };
  const run = async (): Promise<Measured> => {
    const startedMs = performance.now();
    await pump(count, senders[shape]);
    const receipt = await whenThereIsRoom(() => sink.ask("take"));
    const perSecond = count / ((performance.now() - startedMs) / 1000);
    const verified = receipt.count === count && receipt.sum === expectedSum(shape, count);
    return { value: value(perSecond), verified };
  };
  return { run, close: async () => void (await system.shutdown()) };
}

/** Asks when there is room: right after a flood the way to the other thread may still be full. */
async function whenThereIsRoom<Reply>(ask: () => Promise<Reply>): Promise<Reply> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof MailboxFull)) throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** `count` elements from the other thread, taken one by one. */
export async function openStream(count: number, window: number): Promise<Session> {
  const system = await createSystem({ threads: 1 });
  const source = system.spawn(Source, { name: "source", on: OTHER_THREAD });
  const run = async (): Promise<Measured> => {
    const startedMs = performance.now();
    let seen = 0;
    let sum = 0;
    for await (const element of source.stream("fields", count, { window })) {
      seen += 1;
      sum += weighFields(element);
    }
    const value = count / ((performance.now() - startedMs) / 1000);
    return { value, verified: seen === count && sum === expectedSum("fields", count) };
  };
  return { run, close: async () => void (await system.shutdown()) };
}

export async function openAsker(): Promise<Asker> {
  const system = await createSystem({ threads: 1 });
  const echo = system.spawn(Echo, { name: "echo", on: OTHER_THREAD });
  return {
    ask: (value) => echo.ask("echo", value),
    spin: (wanted) => echo.ask("spin", wanted),
    close: async () => void (await system.shutdown()),
  };
}

// What both analysts take: a text in the task itself, or a blob; and how either becomes a stream of bytes.

import { type AgentContext, blobInput } from "hive/agent";
import { z } from "zod";
import { Pacer } from "./pacing.js";
import { bytesOf } from "./text-source.js";

/** The fields of an action's input that name its content. Exactly one of `text` and `blob` is given. */
export const contentFields = {
  text: z.string().min(1).optional().describe("the content itself"),
  blob: blobInput.optional().describe("content uploaded to /api/blobs"),
  media_type: z.string().max(200).optional().describe("default: the blob's, else the task's"),
};

export const ONE_CONTENT = "give exactly one of text and blob";

export interface Content {
  readonly text?: string | undefined;
  readonly blob?: z.output<typeof blobInput> | undefined;
  readonly media_type?: string | undefined;
}

export function hasOneContent(content: Content): boolean {
  return (content.text === undefined) !== (content.blob === undefined);
}

export interface OpenContent {
  /** Starts the content from its beginning, as often as it is called. */
  readonly open: () => AsyncIterable<Uint8Array>;
  readonly mediaType: string | undefined;
  readonly pacer: Pacer;
}

/** The content of a task as a stream, with a pacer that observes the task's signal and reports its progress. */
export function openContent(ctx: AgentContext, content: Content): OpenContent {
  const { text, blob } = content;
  const mediaType = content.media_type ?? blob?.media_type ?? ctx.task.mediaType;
  const pacer = new Pacer({
    signal: ctx.signal,
    totalBytes: text === undefined ? blob?.bytes : Buffer.byteLength(text),
    progress: (fraction, message) => ctx.progress(fraction, message),
  });
  const open = blob === undefined ? () => bytesOf(text ?? "") : () => ctx.open(blob);
  return { open, mediaType, pacer };
}

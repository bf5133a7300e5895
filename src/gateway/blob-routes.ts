// Large input and output: streamed to and from content-addressed files, never held in memory whole.
// Why a stored media type is sent with a sandbox: a blob is whatever a client uploaded; a browser that opens one must
// not run it in our name.

import { RequestError } from "../wire/http-shapes.js";
import { answer, type Exchange, type Reply, type Route } from "./exchange.js";
import type { HubFace } from "./faces.js";

/** The largest blob. */
export const BLOB_BYTES_MAX = 1024 ** 3;
const MEDIA_TYPE_DEFAULT = "application/octet-stream";

async function readBlob(hub: HubFace, exchange: Exchange): Promise<Reply> {
  const id = exchange.params.id as string;
  const blob = await hub.blobs.stat(id);
  if (blob === undefined) {
    throw new RequestError("BLOB_NOT_FOUND", `There is no blob ${id}.`, { data: { blob_id: id } });
  }
  return {
    status: 200,
    mediaType: blob.media_type,
    headers: [
      ["x-content-type-options", "nosniff"],
      ["content-security-policy", "sandbox; default-src 'none'"],
      ["content-disposition", "attachment"],
      ["etag", `"${id}"`],
    ],
    body: { totalBytes: blob.bytes, chunks: hub.blobs.open(id) },
  };
}

export function blobRoutes(hub: HubFace): readonly Route[] {
  return [
    {
      method: "POST",
      pattern: "/api/blobs",
      access: "client",
      body: "stream",
      bodyLimitBytes: BLOB_BYTES_MAX,
      handle: async (exchange) => {
        const mediaType = exchange.header("content-type") || MEDIA_TYPE_DEFAULT;
        const blob = await hub.blobs.put(exchange.stream, mediaType);
        return answer(exchange, 201, blob, [["location", `/api/blobs/${blob.blob_id}`]]);
      },
    },
    {
      method: "GET",
      pattern: "/api/blobs/{id}",
      access: "client",
      handle: (exchange) => readBlob(hub, exchange),
    },
  ];
}

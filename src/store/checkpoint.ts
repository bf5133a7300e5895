// Checkpoints: the whole state at one sequence, so that recovery replays only what came after. The state lies in
// chunks; a manifest written last makes it valid, all at once. The two newest are kept: should the newest prove
// damaged, the older one and a longer tail give the same state.
//   write: chunks, one commit each > manifest > chunks of older generations go
//   load: the newest manifest whose chunks are all whole

import { crc32c } from "../base/crc32c.js";
import type { Log } from "../base/ports.js";
import { packPlain, unpackPlain } from "../wire/codec.js";
import type { Table } from "./database.js";

/** One chunk costs the thread a checksum of 1 to 2 ms; the write itself happens elsewhere. */
const CHUNK_BYTES = 1024 * 1024;
/** Chunk keys are generation × this + index: states of up to 1 TiB, generations for ever. */
const CHUNKS_MAX = 2 ** 20;
const MANIFESTS_KEPT = 2;
const CHECKSUM_BYTES = 4;

export interface Manifest {
  readonly generation: number;
  readonly bytes: number;
  readonly crc: number;
  /** The state holds everything up to this sequence. */
  readonly throughSeq: number;
  /** The page where the tail begins; it may hold entries that the state already has. */
  readonly tailPage: number;
}

export interface LoadedCheckpoint {
  readonly manifest: Manifest;
  readonly state: Uint8Array;
}

export class CheckpointStore {
  readonly #chunks: Table;
  readonly #manifests: Table;
  readonly #log: Log;
  /** The generations on disk that are valid, newest first. */
  #kept: number[] = [];

  constructor(manifests: Table, chunks: Table, log: Log) {
    this.#manifests = manifests;
    this.#chunks = chunks;
    this.#log = log;
  }

  /** The newest checkpoint that is whole, undefined when there is none. */
  load(): LoadedCheckpoint | undefined {
    this.#kept = [];
    let loaded: LoadedCheckpoint | undefined;
    for (const manifest of this.#readManifests()) {
      const state = loaded === undefined ? this.#readState(manifest) : loaded.state;
      if (state === undefined) {
        this.#report("a checkpoint is damaged", manifest.generation);
        continue;
      }
      this.#kept.push(manifest.generation);
      loaded ??= { manifest, state };
    }
    return loaded;
  }

  /** Newest first. */
  #readManifests(): Manifest[] {
    const manifests: Manifest[] = [];
    for (const key of this.#manifests.keys()) {
      const manifest = readManifest(this.#manifests.get(key));
      if (manifest === undefined) this.#report("the manifest of a checkpoint is damaged", undefined);
      else manifests.push(manifest);
    }
    return manifests.sort((a, b) => b.generation - a.generation);
  }

  #report(what: string, generation: number | undefined): void {
    this.#log.log("error", `${what}; an older one and more of the journal are used instead`, { generation });
  }

  #readState(manifest: Manifest): Uint8Array | undefined {
    const state = new Uint8Array(manifest.bytes);
    for (let at = 0, index = 0; at < state.length; at += CHUNK_BYTES, index++) {
      const chunk = this.#chunks.view(manifest.generation * CHUNKS_MAX + index);
      if (chunk?.length !== Math.min(CHUNK_BYTES, state.length - at)) return undefined;
      state.set(chunk, at);
    }
    return crc32c(state) === manifest.crc ? state : undefined;
  }

  /** Writes a checkpoint; settles when it is valid on disk. `state` must not change until then. */
  async write(state: Uint8Array, throughSeq: number, tailPage: number): Promise<void> {
    const generation = (this.#kept[0] ?? 0) + 1;
    let crc = 0;
    for (let at = 0, index = 0; at < state.length; at += CHUNK_BYTES, index++) {
      const chunk = state.subarray(at, at + CHUNK_BYTES);
      crc = crc32c(chunk, 0, chunk.length, crc);
      await this.#chunks.put(generation * CHUNKS_MAX + index, chunk);
    }
    const manifest: Manifest = { generation, bytes: state.length, crc, throughSeq, tailPage };
    await this.#manifests.put(generation % MANIFESTS_KEPT, writeManifest(manifest));
    this.#kept = [generation, ...this.#kept].slice(0, MANIFESTS_KEPT);
    await this.#dropOld(manifest);
  }

  /** Takes away the chunks of older generations, and what a checkpoint that never became valid left behind. */
  async #dropOld(newest: Manifest): Promise<void> {
    const end = newest.generation * CHUNKS_MAX + Math.ceil(newest.bytes / CHUNK_BYTES);
    const old = this.#chunks.keys().filter((key) => {
      return !this.#kept.includes(Math.floor(key / CHUNKS_MAX)) || key >= end;
    });
    await this.#chunks.writeAll(old.map((key) => ({ key, value: undefined })));
  }
}

function writeManifest(manifest: Manifest): Uint8Array {
  const body = packPlain(manifest);
  const record = new Uint8Array(CHECKSUM_BYTES + body.length);
  record.set(body, CHECKSUM_BYTES);
  new DataView(record.buffer).setUint32(0, crc32c(body), true);
  return record;
}

function readManifest(record: Uint8Array | undefined): Manifest | undefined {
  if (record === undefined || record.length <= CHECKSUM_BYTES) return undefined;
  const checksum = new DataView(record.buffer, record.byteOffset).getUint32(0, true);
  if (crc32c(record, CHECKSUM_BYTES) !== checksum) return undefined;
  return unpackPlain(record.subarray(CHECKSUM_BYTES)) as Manifest;
}

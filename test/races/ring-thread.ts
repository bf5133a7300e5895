// One of two threads that write to each other as chance has it: sizes, shapes, when to publish, how much to drain. It
// checks what it reads and says what it saw; nothing here ever waits for the other side but by turning round.

import { createHash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { type Random, seededRandom } from "../../src/base/random.js";
import { RingReader } from "../../src/ring/reader.js";
import { FULL, RingWriter } from "../../src/ring/writer.js";
import { Envelope, KIND_MESSAGE } from "../../src/wire/envelope.js";

export interface RingRun {
  readonly seed: number;
  readonly messages: number;
  readonly out: SharedArrayBuffer;
  readonly in: SharedArrayBuffer;
}

export interface RingReport {
  readonly sent: number;
  readonly refused: number;
  readonly unencodable: number;
  readonly received: number;
  /** Of everything sent and of everything received, in order. */
  readonly sentDigest: string;
  readonly receivedDigest: string;
  readonly wrong: string[];
}

interface Parcel {
  readonly serial: number;
  readonly bytes: Uint8Array;
  readonly note: unknown;
}

const LARGE_BYTES = 60_000;
const GIANT_BYTES = 1_500_000;

function parcelBytes(random: Random): number {
  const kind = random.below(1_000);
  if (kind < 2) return random.below(GIANT_BYTES);
  return random.below(kind < 20 ? LARGE_BYTES : kind < 300 ? 2_000 : 50);
}

function makeParcel(random: Random, serial: number): Parcel {
  const bytes = Buffer.alloc(parcelBytes(random), serial & 0xff);
  const shape = `shape${random.below(300)}`;
  return { serial, bytes, note: random.below(3) === 0 ? { [shape]: "漢".repeat(random.below(40)) } : shape };
}

function digestOf(hash: ReturnType<typeof createHash>, method: string, parcel: Parcel): void {
  hash.update(`${method} ${parcel.serial} ${JSON.stringify(parcel.note)} ${parcel.bytes.length} `);
  hash.update(parcel.bytes.subarray(0, 64)).update(parcel.bytes.subarray(-64));
}

function exchange(run: RingRun): RingReport {
  const random = seededRandom(run.seed);
  const [sentHash, receivedHash] = [createHash("sha256"), createHash("sha256")];
  const wrong: string[] = [];
  let [sent, refused, unencodable, received] = [0, 0, 0, 0];
  const take = (envelope: Envelope, parcel: Parcel): void => {
    const { serial, bytes } = parcel;
    if (serial !== received) wrong.push(`${serial} where ${received} was due`);
    if (bytes.some((byte) => byte !== (serial & 0xff))) wrong.push(`${serial}: wrong bytes`);
    digestOf(receivedHash, envelope.method, parcel);
    received += 1;
  };
  const writer = new RingWriter(run.out);
  const sink = {
    deliver: (_thread: number, envelope: Envelope, payload: unknown) => take(envelope, payload as Parcel),
  };
  const reader = new RingReader(run.in, 1, sink, new Envelope());
  const envelope = new Envelope();
  envelope.kind = KIND_MESSAGE;
  let next = makeParcel(random, 0);
  while (sent < run.messages || received < run.messages || writer.holding || writer.unpublishedBytes > 0) {
    for (let burst = random.below(20); burst > 0 && sent < run.messages; burst -= 1) {
      envelope.method = `method${sent % 7}`;
      if (random.below(200) === 0) {
        try {
          writer.write(envelope, { never: () => undefined });
        } catch {
          unencodable += 1;
        }
      }
      if (writer.write(envelope, next) === FULL) {
        refused += 1;
        break;
      }
      digestOf(sentHash, envelope.method, next);
      sent += 1;
      next = makeParcel(random, sent);
    }
    if (sent === run.messages) writer.pump();
    if (sent === run.messages || random.below(3) > 0) writer.publish();
    if (received < run.messages && random.below(4) > 0) reader.drain(1 + random.below(100));
  }
  const digests = { sentDigest: sentHash.digest("hex"), receivedDigest: receivedHash.digest("hex") };
  return { sent, refused, unencodable, received, ...digests, wrong: wrong.slice(0, 5) };
}

parentPort?.postMessage(exchange(workerData as RingRun));

// A whole hub, as `hive start` opens one, on a free port and a fresh directory; it can be stopped and come back.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectOptions, connect, type HiveClient } from "../../src/client.js";
import { createHub, type HubHandle, type HubOptions } from "../../src/hub.js";
import { helper, worker } from "../hub/agents.js";

export class WholeHub {
  readonly dir = mkdtempSync(join(tmpdir(), "hive-client-test-"));
  handle!: HubHandle;
  token!: string;
  readonly #options: HubOptions;
  readonly #clients: HiveClient[] = [];
  #port = 0;

  private constructor(options: HubOptions) {
    this.#options = options;
  }

  static async open(options: HubOptions = {}): Promise<WholeHub> {
    const hub = new WholeHub(options);
    await hub.start();
    hub.token = await hub.handle.token();
    return hub;
  }

  get url(): string {
    return this.handle.url;
  }

  /** Starts, or starts again on the same port and directory. */
  async start(): Promise<void> {
    this.handle = await createHub({
      runtime: { threads: 1 },
      agents: { paths: [] },
      definitions: [worker, helper],
      logging: { level: "fatal" },
      ...this.#options,
      data: { dir: this.dir },
      server: { ...this.#options.server, port: this.#port },
    });
    this.#port = this.handle.port;
  }

  /** Stops without waiting for running attempts. */
  async stop(): Promise<void> {
    await this.handle.close(0);
  }

  client(options: Partial<ConnectOptions> = {}): HiveClient {
    const client = connect({ url: this.url, token: this.token, ...options });
    this.#clients.push(client);
    return client;
  }

  /** A plain request with the owner's token. */
  async request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    // JSON.parse answers `any`: tests look into answers freely.
    return { status: response.status, headers: response.headers, body: JSON.parse(text) };
  }

  async close(): Promise<void> {
    for (const client of this.#clients) await client.close();
    await this.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

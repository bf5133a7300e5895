// A WebSocket wherever the program runs: the browser's own, or the `ws` package in Node, where Node 20 has none. The
// only file that knows `ws`; it is loaded when a socket is first opened, and never in a browser.

/** What both kinds have in common. */
export interface PlainSocket {
  binaryType: string;
  /** 1 while it is open. */
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(data: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: ((event: { message?: string }) => void) | null;
}

type SocketClass = new (url: string, protocols: string[]) => PlainSocket;

function isNode(): boolean {
  return typeof process !== "undefined" && process.versions?.node !== undefined;
}

async function socketClass(): Promise<SocketClass> {
  if (isNode()) return (await import("ws")).WebSocket as unknown as SocketClass;
  return (globalThis as unknown as { WebSocket: SocketClass }).WebSocket;
}

/** Starts to open a socket; its handlers tell what becomes of it. Messages arrive as text or ArrayBuffer. */
export async function openSocket(url: string, protocols: readonly string[]): Promise<PlainSocket> {
  const Socket = await socketClass();
  const socket = new Socket(url, [...protocols]);
  socket.binaryType = "arraybuffer";
  return socket;
}

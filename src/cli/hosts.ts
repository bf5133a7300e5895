// Hosts and ports as addresses that a program of this machine can call.

const EVERY_ADDRESS = new Set(["0.0.0.0", "::", "[::]"]);
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|::1|\[::1\])$/;

/** Whether only this machine can reach what is bound there. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** The address of a hub bound to `host`, seen from this machine. */
export function urlOf(host: string, port: number): string {
  const reachable = EVERY_ADDRESS.has(host) ? "127.0.0.1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}

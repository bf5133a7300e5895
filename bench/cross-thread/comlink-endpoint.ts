// A worker or a message port as comlink wants it. Why not comlink's own adapter: it comes without types.

import type { Endpoint } from "comlink";

interface NodePort {
  postMessage(message: unknown): void;
  on(event: "message", hear: (data: unknown) => void): unknown;
  off(event: "message", hear: (data: unknown) => void): unknown;
}

type Listener = Parameters<Endpoint["addEventListener"]>[1];

export function comlinkEndpoint(port: NodePort): Endpoint {
  const wrapped = new WeakMap<Listener, (data: unknown) => void>();
  return {
    postMessage: (message) => port.postMessage(message),
    addEventListener: (_type, listener) => {
      const hear = (data: unknown): void => {
        const event = { data } as MessageEvent;
        if (typeof listener === "function") listener(event);
        else listener.handleEvent(event);
      };
      wrapped.set(listener, hear);
      port.on("message", hear);
    },
    removeEventListener: (_type, listener) => {
      const hear = wrapped.get(listener);
      if (hear !== undefined) port.off("message", hear);
    },
  };
}

// What the micro programs need of another actor library for JavaScript: a mailbox with a function behind it.

export interface Message {
  readonly type: string;
}

export interface PlainRef<M extends Message> {
  send(message: M): void;
  stop(): void;
}

export interface PlainActors {
  spawn<M extends Message>(handle: (message: M, self: PlainRef<M>) => void): PlainRef<M>;
  close(): void;
}

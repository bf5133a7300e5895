// What agents tell the hub without being asked. Spoken to the desk, an actor of the hub's own on the main thread.

/** How far an attempt is: its fence, a fraction 0..1, a word for people. */
export type ProgressMessage = readonly [fence: number, fraction: number, message: string | null];

export type DeskProtocol = {
  readonly progress: { payload: ProgressMessage; reply: void };
};

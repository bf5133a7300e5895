// A progress bar on a terminal; nothing at all elsewhere, so that logs and pipes stay clean.
// Why by hand: one line, redrawn in place, needs no library.

const BAR_CELLS = 28;

export interface ProgressBar {
  /** Redraws the bar; `note` is cut to the line. */
  update(doneCount: number, note: string): void;
  /** Clears the line. Call it before anything else is written. */
  close(): void;
}

/** Where the bar is drawn: stderr unless a test says otherwise. */
export type ProgressScreen = Pick<NodeJS.WriteStream, "isTTY" | "columns" | "write">;

/** A bar over `totalCount` steps. */
export function openProgress(totalCount: number, screen: ProgressScreen = process.stderr): ProgressBar {
  if (!screen.isTTY || totalCount === 0) return { update: () => undefined, close: () => undefined };
  return {
    update: (doneCount, note) => {
      const cells = Math.floor((BAR_CELLS * doneCount) / totalCount);
      const bar = "█".repeat(cells) + "░".repeat(BAR_CELLS - cells);
      const text = `${bar} ${doneCount}/${totalCount} ${note}`;
      screen.write(`\r\x1b[2K${text.slice(0, Math.max(1, screen.columns - 1))}`);
    },
    close: () => void screen.write("\r\x1b[2K"),
  };
}

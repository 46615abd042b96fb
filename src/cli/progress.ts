/** A line on standard error when reading takes long. */
import type { Output } from "./io.ts";

const FIRST_MS = 2_000;
const TERMINAL_MS = 250;
const LOG_MS = 10_000;

export interface Progress {
  /** Counts bytes, and writes the line when it is time. */
  add(bytes: number): void;
  /** Clears the line. */
  end(): void;
}

/** On a terminal one line that changes; in a log a line now and then. `samples` tells how many there are so far. */
export function createProgress(
  output: Output,
  samples: () => number,
  now = () => performance.now(),
): Progress {
  const start = now();
  const isTerminal = output.isTTY === true;
  let [bytes, due, isShown] = [0, start + FIRST_MS, false];
  return {
    add(more) {
      bytes += more;
      const time = now();
      if (time < due) return;
      due = time + (isTerminal ? TERMINAL_MS : LOG_MS);
      isShown = true;
      const rate = Math.round((samples() * 1000) / (time - start));
      const text = `${samples().toLocaleString("en")} answers, ${(bytes / 1e6).toFixed(0)} MB, ${rate.toLocaleString("en")}/s`;
      output.write(isTerminal ? `\r\u001b[K${text}` : `${text}\n`);
    },
    end() {
      if (isShown && isTerminal) output.write("\r\u001b[K");
    },
  };
}

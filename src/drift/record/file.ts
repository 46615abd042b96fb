/** A file of lines that grows to a bound, written behind the caller's back and never at its cost. */
import { type FileHandle, mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";

export type LineFileEvent =
  /** The bound is reached: nothing more is written. */
  | { type: "full"; file: string; maxBytes: number }
  /** The bound was reached: what was written is now in `previous`, in place of an earlier one. */
  | { type: "rotated"; file: string; previous: string }
  /** A line is lost, because it is longer than the bound, or because the disk does not keep up. */
  | { type: "dropped"; file: string; reason: string }
  /** The file can't be written; the lines that waited are lost, later ones are tried again. */
  | { type: "error"; file: string; message: string };

export interface LineFileOptions {
  file: string;
  maxBytes: number;
  whenFull: "stop" | "rotate";
  onEvent: (event: LineFileEvent) => void;
}

export interface LineFile {
  /** Returns at once; the line is written later. */
  write(line: string): void;
  /** Resolves when all lines are written or lost. Never rejects. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

// What waits for a slow disk must not fill the memory.
const MAX_WAITING_BYTES = 32 << 20;
// Joined before they are written, in pieces that take no time to join.
const BATCH_BYTES = 1 << 20;

/** Appends to the file, which is made with its folders, readable by its owner only, when the first line comes. */
export function createLineFile({ file, maxBytes, whenFull, onEvent }: LineFileOptions): LineFile {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let working: Promise<void> | undefined;
  let handle: FileHandle | undefined;
  let size = 0;
  let isFull = false;

  const openFile = async (): Promise<FileHandle> => {
    await mkdir(dirname(file), { recursive: true });
    const opened = await open(file, "a+", 0o600);
    try {
      size = (await opened.stat()).size;
      // A line that a crash or a full disk cut short must not swallow the next one.
      if (size > 0) {
        const last = await opened.read(Buffer.alloc(1), 0, 1, size - 1);
        if (last.buffer[0] !== 0x0a) size += (await opened.write("\n")).bytesWritten;
      }
    } catch (error) {
      await opened.close();
      throw error;
    }
    return opened;
  };

  const closeFile = async (): Promise<void> => {
    const closing = handle;
    handle = undefined;
    await closing?.close();
  };

  const rotate = async (): Promise<FileHandle> => {
    await closeFile();
    await rename(file, `${file}.1`);
    onEvent({ type: "rotated", file, previous: `${file}.1` });
    return openFile();
  };

  const append = async (lines: Buffer[]): Promise<void> => {
    let batch: Buffer[] = [];
    let ahead = 0;
    const writeBatch = async () => {
      const bytes = Buffer.concat(batch, ahead);
      batch = [];
      ahead = 0;
      if (bytes.length > 0) await handle?.appendFile(bytes);
      size += bytes.length;
    };
    handle ??= await openFile();
    for (const line of lines) {
      if (line.length > maxBytes) {
        onEvent({ type: "dropped", file, reason: `a line of ${line.length} bytes is over the file's bound` });
        continue;
      }
      if (size + ahead + line.length > maxBytes) {
        await writeBatch();
        if (whenFull === "stop") {
          isFull = true;
          onEvent({ type: "full", file, maxBytes });
          return;
        }
        handle = await rotate();
      }
      batch.push(line);
      ahead += line.length;
      if (ahead >= BATCH_BYTES) await writeBatch();
    }
    await writeBatch();
  };

  const work = async (): Promise<void> => {
    while (waiting.length > 0) {
      const lines = waiting;
      waiting = [];
      waitingBytes = 0;
      if (isFull) continue;
      try {
        await append(lines);
      } catch (error) {
        onEvent({ type: "error", file, message: error instanceof Error ? error.message : String(error) });
        await closeFile().catch(() => undefined);
      }
    }
    working = undefined;
  };

  const flush = async (): Promise<void> => {
    while (working) await working;
  };

  return {
    write(line) {
      if (isFull) return;
      const bytes = Buffer.from(`${line}\n`);
      if (waitingBytes + bytes.length > MAX_WAITING_BYTES && waiting.length > 0) {
        onEvent({ type: "dropped", file, reason: "the file is written too slowly" });
        return;
      }
      waiting.push(bytes);
      waitingBytes += bytes.length;
      working ??= work();
    },
    flush,
    async close() {
      await flush();
      await closeFile().catch(() => undefined);
    },
  };
}

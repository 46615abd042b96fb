/** Plays cases in processes of their own, and watches them: who hangs or blocks is ended, and tried again alone. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type Attack, attackOf, type Choice } from "./attack.ts";
import type { Outcome } from "./client.ts";
import type { CaseCounts, Question } from "./server.ts";
import type { Report, Task } from "./worker.ts";

/** How a case went. */
export interface Played {
  attack: Attack;
  outcome?: Outcome;
  /** Measured alone; absent where it ran among others and nothing stood out. */
  alone?: { blockMs: number; heapMb: number; bytes: number };
  /** What the process suffered. */
  process?: string;
  /** Answers that are still open at the server some time after the call has ended. */
  openAnswers: number;
}

/** Far above what the time limits of a case add up to. */
const SETTLE_MS = 25_000;
/** Without a sign of life for so long, a process is blocked. A busy machine is slow too. */
const SILENT_MS = 12_000;
const HEAP_MB = 256;
const AMONG = 12;
const HEAVY_WAITING = 20;

// Not those of this process, which may be a test's.
const READS_TYPESCRIPT = ["--import", "tsx/esm"];

/** The server of all cases. */
export class Server {
  readonly #child: ChildProcess;
  readonly #port: number;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.#port = port;
  }

  static async start(seed: number, choice: Choice): Promise<Server> {
    const path = fileURLToPath(new URL("server.ts", import.meta.url));
    const child = fork(path, [String(seed), JSON.stringify(choice)], { execArgv: READS_TYPESCRIPT });
    const [{ port }] = (await once(child, "message")) as [{ port: number }];
    return new Server(child, port);
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** One question at a time: answers come in order and bear no name. */
  ask<T>(question: Question): Promise<T> {
    const answer = this.#turn.then(async () => {
      this.#child.send(question);
      const [found] = (await once(this.#child, "message")) as [T];
      return found;
    });
    this.#turn = answer;
    return answer;
  }

  stop(): void {
    this.#child.disconnect();
  }
}

interface Waiting {
  end(played: Partial<Played>): void;
  timer: NodeJS.Timeout;
  /** The call has ended; the one after it has not. */
  next?: true;
}

/** A process with cases in it. */
class Lane {
  readonly #args: string[];
  readonly #isAlone: boolean;
  readonly #onSuspects: (numbers: readonly number[]) => void;
  #child: ChildProcess | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #escaped = new Map<number, string>();
  #silence: NodeJS.Timeout | undefined;

  constructor(args: string[], isAlone: boolean, onSuspects: (numbers: readonly number[]) => void) {
    this.#args = args;
    this.#isAlone = isAlone;
    this.#onSuspects = onSuspects;
  }

  async play(number: number): Promise<Partial<Played>> {
    const child = await this.#started();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#giveUp("the call does not end"), SETTLE_MS);
      const end = (played: Partial<Played>) => {
        clearTimeout(timer);
        this.#waiting.delete(number);
        resolve(played);
      };
      this.#waiting.set(number, { end, timer });
      child.send({ number, run: this.#isAlone ? 1 : 0 } satisfies Task);
    });
  }

  stop(): void {
    clearTimeout(this.#silence);
    this.#child?.removeAllListeners();
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }

  async #started(): Promise<ChildProcess> {
    if (this.#child) return this.#child;
    const flags = ["--expose-gc", `--max-old-space-size=${HEAP_MB}`, ...READS_TYPESCRIPT];
    const child = fork(fileURLToPath(new URL("worker.ts", import.meta.url)), this.#args, {
      execArgv: flags,
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    this.#child = child;
    child.on("message", (report: Report) => this.#hear(report));
    child.on("exit", (code, signal) => {
      if (this.#child === child) this.#giveUp(`the process dies (${signal ?? code})`);
    });
    await once(child, "message");
    return child;
  }

  #hear(report: Report): void {
    clearTimeout(this.#silence);
    if (this.#waiting.size > 0 || report.type !== "done")
      this.#silence = setTimeout(
        () => this.#waiting.size > 0 && this.#giveUp("the event loop is blocked"),
        SILENT_MS,
      );
    const waiting = report.type === "next" && this.#waiting.get(report.number);
    if (waiting) waiting.next = true;
    if (report.type === "blocked" && !this.#isAlone) this.#onSuspects(report.numbers);
    if (report.type === "escaped") {
      if (this.#isAlone) for (const number of report.numbers) this.#escaped.set(number, report.error);
      else this.#onSuspects(report.numbers);
    }
    if (report.type !== "done") return;
    const { number, outcome, blockMs, heapMb } = report;
    const escaped = this.#escaped.get(number);
    this.#waiting.get(number)?.end({
      outcome,
      ...(this.#isAlone && { alone: { blockMs, heapMb, bytes: 0 } }),
      ...(escaped !== undefined && { process: escaped }),
    });
  }

  /** The process is ended, and with it what runs in it. Among others nobody knows whose fault it was. */
  #giveUp(why: string): void {
    this.stop();
    const numbers = [...this.#waiting.keys()];
    if (this.#isAlone)
      for (const number of numbers) {
        const { next, end } = this.#waiting.get(number) as Waiting;
        end({ process: next ? `${why}: the next one` : why });
      }
    else {
      this.#onSuspects(numbers);
      for (const number of numbers) this.#waiting.get(number)?.end({});
    }
  }
}

export interface PlayOptions {
  seed: number;
  choice: Choice;
  seconds: number;
  /** Only this case. */
  only?: number | undefined;
  onPlayed(played: Played): void;
}

/** Plays cases from number 0 on until the time is over. */
export async function playAll(
  server: Server,
  { seed, choice, seconds, only, onPlayed }: PlayOptions,
): Promise<void> {
  const until = performance.now() + seconds * 1000;
  const args = [String(seed), JSON.stringify(choice), server.origin];
  const heavy: number[] = [];
  const suspects: number[] = [];
  const suspected = new Set<number>();
  const suspect = (numbers: readonly number[]) => {
    for (const number of numbers) {
      if (suspected.has(number)) continue;
      suspected.add(number);
      suspects.push(number);
    }
  };
  const among = new Lane(args, false, suspect);
  const alone = new Lane(args, true, () => {});
  const looks: Promise<void>[] = [];
  const finish = (number: number, played: Partial<Played>) => {
    const look = async () => {
      // Long enough for a socket that was given up to be closed.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const counts = await server.ask<CaseCounts>({
        ask: "counts",
        number,
        run: played.alone || played.process ? 1 : 0,
      });
      onPlayed({
        attack: attackOf(seed, number, choice),
        ...played,
        ...(played.alone && { alone: { ...played.alone, bytes: counts.bytes } }),
        openAnswers: counts.open,
      });
    };
    looks.push(look());
  };
  let next = only ?? 0;
  /** The next case that is not to run alone; those that are, are put aside, as many as may still be played. */
  const nextLight = async (): Promise<number | undefined> => {
    while (performance.now() < until) {
      const number = next++;
      if (!attackOf(seed, number, choice).heavy) return number;
      if (heavy.length < HEAVY_WAITING) heavy.push(number);
      // Perhaps there are none but those.
      else await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return undefined;
  };
  const playLight = async () => {
    for (let number = await nextLight(); number !== undefined; number = await nextLight()) {
      const played = await among.play(number);
      if (!suspected.has(number)) finish(number, played);
    }
  };
  let lightIsOver = false;
  const playAlone = async () => {
    for (;;) {
      // Whoever was suspected is heard, also when the time is over.
      const number = suspects.shift() ?? (performance.now() < until ? heavy.shift() : undefined);
      if (number !== undefined) finish(number, await alone.play(number));
      else if (lightIsOver) return;
      else await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  if (only !== undefined) finish(only, await alone.play(only));
  else {
    const light = Promise.all(Array.from({ length: AMONG }, playLight)).then(() => {
      lightIsOver = true;
    });
    await Promise.all([light, playAlone()]);
  }
  await Promise.all(looks);
  among.stop();
  alone.stop();
}

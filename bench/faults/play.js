/** One case, one client: the call, what it left behind, and the call after it. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startGroq } from "../../test/faults/target.ts";

const WORKER = fileURLToPath(new URL("worker.js", import.meta.url));
const MODEL = "allam-2-7b";
const OTHER_MODEL = "openai/gpt-oss-20b";
// For cases that have no time limit of their own: longer than what any of them takes.
const TIMES = { timeoutMs: 10_000 };
/** After this a call hangs that has a time limit of its own: at most a third of it. */
const HANG_MS = 3000;
const LONG_MS = 15_000;
// Long enough for a socket that was given up to be closed.
const SETTLE_MS = 300;

export class Player {
  #name;
  #child;
  #sent = 0;

  constructor(name) {
    this.#name = name;
  }

  /** What the client made of the case. */
  async play(row, operation) {
    const target = await row.start();
    try {
      const times = { ...TIMES, ...row.times };
      const call = { operation, baseUrl: target.baseUrl, model: MODEL, times };
      const first = await this.#call(call, row.times ? HANG_MS : LONG_MS);
      // A hung client is looked at while it still hangs.
      await pause(SETTLE_MS);
      const leaked = !first.hungMs && target.openAnswers() > 0;
      if (first.hungMs) this.stop();
      await target.heal?.();
      const model = row[operation].retryAfterMs ? OTHER_MODEL : MODEL;
      const next = row.stays ? undefined : await this.#call({ ...call, model, times: TIMES }, LONG_MS);
      if (next?.hungMs) this.stop();
      const followed = target.elsewhere?.().map(({ headers }) => headers.authorization !== undefined);
      return { ...first, leaked, next, followed };
    } finally {
      await target.close();
    }
  }

  /** How many of 200 calls failed at a server that closes each connection a moment after its answer. */
  async playClosing(operation) {
    const groq = await startGroq({ fault: { type: "closeAfter" } });
    try {
      const call = {
        operation,
        baseUrl: groq.baseUrl,
        model: MODEL,
        times: TIMES,
        retries: true,
        count: 200,
      };
      return await this.#call(call, 6 * LONG_MS);
    } finally {
      await groq.close();
    }
  }

  /** Milliseconds in which a process ends that is asked to while four calls wait; absent: it does not. */
  async playStopping() {
    const groq = await startGroq({ fault: { type: "stall", when: "beforeHead" } });
    const child = fork(WORKER, [this.#name], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
    try {
      await once(child, "message");
      child.send({ operation: "stop", baseUrl: groq.baseUrl, model: MODEL, times: { timeoutMs: 60_000 } });
      while (groq.openAnswers < 4) await pause(10);
      const askedAt = performance.now();
      const ended = once(child, "exit").then(() => performance.now() - askedAt);
      child.kill("SIGTERM");
      return await Promise.race([ended, pause(HANG_MS)]);
    } finally {
      child.kill("SIGKILL");
      await groq.close();
    }
  }

  async #call(call, limitMs) {
    if (!this.#child) {
      this.#child = fork(WORKER, [this.#name], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
      await once(this.#child, "message");
      await this.#warmUp();
    }
    return this.#send(call, limitMs);
  }

  /** What a process does for the first time takes long, and a time limit could end it before the request is out. */
  async #warmUp() {
    const groq = await startGroq();
    try {
      await this.#send({ operation: "chat", baseUrl: groq.baseUrl, model: MODEL, times: TIMES }, LONG_MS);
    } finally {
      await groq.close();
    }
  }

  #send(call, limitMs) {
    const child = this.#child;
    const number = ++this.#sent;
    return new Promise((resolve) => {
      const end = (result) => {
        clearTimeout(timer);
        child.off("message", hear);
        child.off("exit", died);
        resolve(result);
      };
      const died = (code) => {
        this.#child = undefined;
        end({ died: code });
      };
      const timer = setTimeout(() => end({ hungMs: limitMs }), limitMs);
      // A result that comes after its time is not that of the call after it.
      const hear = (result) => result.number === number && end(result);
      child.on("message", hear);
      child.on("exit", died);
      child.send({ ...call, number });
    });
  }

  stop() {
    this.#child?.removeAllListeners();
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }
}

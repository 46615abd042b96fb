/** One script command on Redis, in bounded time, with whichever client the application has. */
import type { Clock } from "../../base/clock.ts";
import { REDIS_SCRIPT } from "./redis-script.ts";

/** The part of a client of `ioredis` that is used here. */
export interface IoRedisClient {
  call(command: string, ...args: (string | number)[]): Promise<unknown>;
  on?(event: string, listener: () => void): unknown;
}

/** The part of a client of `redis` (node-redis) that is used here. */
export interface NodeRedisClient {
  sendCommand(args: string[]): Promise<unknown>;
  on?(event: string, listener: () => void): unknown;
}

export type RedisClient = IoRedisClient | NodeRedisClient;

export interface Reply {
  status: "done" | "wait" | "lost";
  waitMs: number;
  /** The wait may become shorter. */
  early: boolean;
  pauseMs: number;
  generation: string;
  knowsCallRate: boolean;
  takenCalls: number;
  takenTokens: number;
  used: { calls: number; tokens: number }[];
}

export class RedisLink {
  readonly #client: RedisClient;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #keys: readonly string[];
  readonly #settings: readonly string[];
  #sha: Promise<string> | undefined;

  constructor(options: {
    client: RedisClient;
    clock: Clock;
    timeoutMs: number;
    keys: readonly string[];
    /** What the script is told with every command. */
    settings: readonly (string | number)[];
  }) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#timeoutMs = options.timeoutMs;
    this.#keys = options.keys;
    this.#settings = options.settings.map(String);
  }

  /**
   * `known` is the generation of the data that this process knows, or "" where it knows nothing; `fresh` names a new one, if
   * there is none. Rejects when the client does, and after the time-out at the latest.
   */
  run(command: string, known: string, fresh: string, args: readonly (string | number)[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const stop = this.#clock.setTimer(
        () => reject(new Error(`Redis did not answer within ${this.#timeoutMs} ms`)),
        this.#timeoutMs,
      );
      this.#evaluate([command, known, fresh, ...this.#settings, ...args.map(String)]).then(
        (reply) => {
          stop();
          resolve(readReply(reply));
        },
        (fault: unknown) => {
          stop();
          reject(fault);
        },
      );
    });
  }

  async #evaluate(args: readonly string[]): Promise<unknown> {
    const rest = [String(this.#keys.length), ...this.#keys, ...args];
    try {
      this.#sha ??= this.#send(["SCRIPT", "LOAD", REDIS_SCRIPT]).then(String);
      return await this.#send(["EVALSHA", await this.#sha, ...rest]);
    } catch (fault) {
      this.#sha = undefined;
      // A restarted Redis knows no scripts.
      if (!(fault instanceof Error) || !fault.message.startsWith("NOSCRIPT")) throw fault;
      return this.#send(["EVAL", REDIS_SCRIPT, ...rest]);
    }
  }

  #send(command: string[]): Promise<unknown> {
    const client = this.#client;
    // ioredis has a method `sendCommand` too, of another kind.
    if ("call" in client) return client.call(command[0] ?? "", ...command.slice(1));
    return client.sendCommand(command);
  }
}

const STATUS: Record<number, Reply["status"]> = { 1: "done", 0: "wait", [-1]: "lost" };

function readReply(reply: unknown): Reply {
  if (!Array.isArray(reply) || reply.length < 8) throw new Error("Redis answered with an unexpected reply");
  const [status, waitMs, early, pauseMs, generation, knowsCallRate, takenCalls, takenTokens, ...used] =
    reply.map(String);
  const pairs: Reply["used"] = [];
  for (let index = 0; index < used.length; index += 2) {
    pairs.push({ calls: Number(used[index]), tokens: Number(used[index + 1]) });
  }
  return {
    status: STATUS[Number(status)] ?? "wait",
    waitMs: Number(waitMs),
    early: early === "1",
    pauseMs: Number(pauseMs),
    generation: generation ?? "",
    knowsCallRate: knowsCallRate === "1",
    takenCalls: Number(takenCalls),
    takenTokens: Number(takenTokens),
    used: pairs,
  };
}

/** One command on Redis, in bounded time, with whichever client the application has. */
import type { Clock } from "../../base/clock.ts";
import { isObject } from "../../base/values.ts";
import { REDIS_SCRIPT } from "./redis-script.ts";
import type { RedisCommand, RedisReply } from "./redis-words.ts";

/** The part of a client of `ioredis` that is used here: a `Redis` or a `Cluster`. */
export interface IoRedisClient {
  /** Sends a command. */
  call(command: string, ...args: (string | number)[]): Promise<unknown>;
  /** Hears that the connection is ready again. */
  on?(event: string, listener: () => void): unknown;
  /** Stops hearing it. */
  off?(event: string, listener: () => void): unknown;
}

interface ScriptArguments {
  keys: string[];
  arguments: string[];
}

/** The part of a client of `redis` (node-redis) that is used here: of `createClient` or `createCluster`. */
export interface NodeRedisClient {
  /** Runs a script by its hash. */
  evalSha(sha1: string, options: ScriptArguments): Promise<unknown>;
  /** Runs a script. */
  eval(script: string, options: ScriptArguments): Promise<unknown>;
  /** Hears that the connection is ready again. */
  on?(event: string, listener: () => void): unknown;
  /** Stops hearing it. */
  off?(event: string, listener: () => void): unknown;
}

/** A client of either library. */
export type RedisClient = IoRedisClient | NodeRedisClient;

export function isRedisClient(client: unknown): client is RedisClient {
  if (typeof client !== "object" || client === null) return false;
  const has = (name: string) => typeof Reflect.get(client, name) === "function";
  return has("call") || (has("evalSha") && has("eval"));
}

/**
 * A reply may lie unread while the process is busy: timers then fire before it is read. So at its time a command gets so
 * much more, during which waiting replies are read.
 */
const GRACE_MS = 50;

export class RedisLink {
  readonly #client: RedisClient;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #key: string;
  #sha1: Promise<string> | undefined;

  constructor(options: { client: RedisClient; clock: Clock; timeoutMs: number; key: string }) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#timeoutMs = options.timeoutMs;
    this.#key = options.key;
  }

  /**
   * `known` is the generation of the data that this process knows, or "" where it knows nothing; `process` and `number` tell
   * a command that comes twice. Rejects when the client does, and after the time-out at the latest.
   */
  run(known: string, process: string, number: number, command: RedisCommand): Promise<RedisReply> {
    return new Promise((resolve, reject) => {
      const { setTimer } = this.#clock;
      const giveUp = () => reject(new Error(`Redis did not answer within ${this.#timeoutMs} ms`));
      let stop = setTimer(() => {
        stop = setTimer(giveUp, GRACE_MS);
      }, this.#timeoutMs);
      this.#evaluate([known, crypto.randomUUID(), process, String(number), JSON.stringify(command)])
        .then(readReply)
        .then(resolve, reject)
        .finally(() => stop());
    });
  }

  async #evaluate(args: string[]): Promise<unknown> {
    this.#sha1 ??= sha1(REDIS_SCRIPT);
    const digest = await this.#sha1;
    try {
      return await this.#send("EVALSHA", digest, args);
    } catch (fault) {
      // A Redis that was restarted, or another node of a cluster, does not know the script yet.
      if (!(fault instanceof Error) || !fault.message.startsWith("NOSCRIPT")) throw fault;
      return this.#send("EVAL", REDIS_SCRIPT, args);
    }
  }

  #send(command: "EVALSHA" | "EVAL", script: string, args: string[]): Promise<unknown> {
    const client = this.#client;
    if ("call" in client) return client.call(command, script, "1", this.#key, ...args);
    const options = { keys: [this.#key], arguments: args };
    return command === "EVAL" ? client.eval(script, options) : client.evalSha(script, options);
  }
}

async function sha1(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function readReply(reply: unknown): RedisReply {
  const parsed: unknown = JSON.parse(String(reply));
  if (!isReply(parsed)) throw new Error("Redis answered with an unexpected reply");
  return parsed;
}

function isReply(reply: unknown): reply is RedisReply {
  return isObject(reply) && typeof reply.status === "string" && typeof reply.waitMs === "number";
}

/** What a process tells Redis, and what it hears: `redis-script.ts` reads and writes these as JSON. */
import type { Counted } from "../feedback.ts";

/** `[milliseconds since their answer, calls, tokens]` */
export type AgedCalls = [ageMs: number, calls: number, tokens: number];

export interface BucketFigures {
  counts: Counted;
  periodMs: number;
  limit: number;
}

export interface RedisCommand {
  /** Milliseconds without a command after which a process counts as dead. */
  leaseMs: number;
  renewalMs: number;
  /** Milliseconds without any call after Redis lost its data. */
  recoveryMs: number;
  /** Where a learned limit makes calls wait for longer, one goes that often in spite of it. */
  longestPauseMs: number;
  /** Windows that limit the calls of this process; -1 for no limit. */
  windows: [periodMs: number, calls: number, tokens: number][];
  /** All that this process has under way, before what it wants now. */
  open: [calls: number, tokens: number];
  answered?: AgedCalls[];
  /** Tokens that answered calls used beyond what they reserved. */
  settled?: [ageMs: number, tokens: number][];
  /** Calls and tokens that only learned limits count. */
  drained?: [calls: number, tokens: number];
  followed?: (BucketFigures & {
    atLeast: number;
    atMost: number;
    /** Of the call that was answered: since it was admitted, what was taken before it (-1: not known), what it took. */
    ageMs: number;
    takenBefore: number;
    cost: number;
  })[];
  /** `isLate`: of a call that was under way when another was refused. */
  refused?: (BucketFigures & { left: number; isLate: boolean })[];
  pauseMs?: number;
  /** The server takes calls again. */
  resume?: boolean;
  /** All that this process knows, for a Redis that lost its data. */
  restore?: {
    windows: [periodMs: number, calls: AgedCalls[]][];
    buckets: (BucketFigures & { left: number })[];
  };
  /** Tokens of the calls that want to go, in order. */
  wanted?: number[];
  /** One call may go in spite of a pause. */
  probe?: boolean;
  /** No call waits any more. */
  withdraw?: boolean;
}

export interface RedisReply {
  /** `known`: the command came before. `lost`: Redis lost what this process knows; nothing was done. */
  status: "done" | "known" | "lost";
  generation: string;
  /** The number of the last command of this process before this one. */
  before: number;
  /** So many of the wanted calls may go. */
  taken: number;
  /** Milliseconds until it is worth asking for the next one. */
  waitMs: number;
  /** The wait may become shorter. */
  early: boolean;
  /** Milliseconds for which the server asked for a pause. */
  pausedMs: number;
  /** A learned limit of calls in a minute or less is known. */
  knowsCallRate: boolean;
  /** What answered calls took so far. */
  takenCalls: number;
  takenTokens: number;
  /** Calls and tokens that count in each window of the command, of all processes. */
  used: [calls: number, tokens: number][];
}

/** Recorded answers in memory, one by one, as the drift check compares them: to be split, and to have faults planted in them. */
import type { Sample, SampleSink } from "../../src/drift/base/sample.ts";
import { createDriftCheck } from "../../src/drift/check/check.ts";
import type { Part } from "../../src/drift/check/compare.ts";
import { createPresence, idOf } from "../../src/drift/presence/observe.ts";
import {
  addKind,
  emptyKind,
  type PresenceKind,
  type PresenceProfile,
} from "../../src/drift/presence/profile.ts";
import type { OpenApiDocument } from "../../src/openapi/document.ts";

/** One answer: the samples of its body, or of all of its stream. */
export type Samples = readonly { sample: Sample; parts: readonly Part[] }[];

export interface Answer {
  samples: Samples;
  /** Which members this one answer has. */
  profile: PresenceProfile;
}

/** An answer of these samples. */
export function answerOf(samples: Samples): Answer {
  const observer = createPresence();
  for (const { sample, parts } of samples) observer.look(sample, parts);
  return { samples, profile: observer.profile() };
}

/** Takes samples, and gives them back answer by answer. */
export class Answers implements SampleSink {
  readonly all: Answer[] = [];
  unusableCount = 0;
  readonly #check;
  readonly #ids = new Set<string>();
  #stream: { sample: Sample; parts: readonly Part[] }[] = [];

  constructor(document: OpenApiDocument) {
    this.#check = createDriftCheck(document, (sample, parts) => {
      const one = { sample, parts };
      if (sample.kind === "body") this.#push([one]);
      else if (sample.kind === "stream") this.#stream = [one];
      else this.#stream.push(one);
      if (sample.kind === "end") this.#push(this.#stream);
    });
  }

  /** Each answer once, however often it was recorded. */
  #push(samples: Samples): void {
    const id = samples.map(({ sample }) => idOf(sample.value)).find((found) => found !== "") ?? "";
    if (this.#ids.has(id)) return;
    if (id !== "") this.#ids.add(id);
    this.all.push(answerOf(samples));
  }

  add(sample: Sample): void {
    this.#check.add(sample);
  }

  unusable(): void {
    this.unusableCount++;
  }

  skip(): void {}
}

/** How often each member is there in these answers. */
export function profileOf(answers: readonly Answer[]): PresenceProfile {
  const kinds = new Map<string, PresenceKind>();
  for (const { profile } of answers) {
    for (const [name, one] of profile.kinds) {
      const kind = kinds.get(name) ?? emptyKind();
      kinds.set(name, kind);
      addKind(kind, one);
    }
  }
  return { kinds };
}

/** The answer with another value in place of each body and event. */
export const mapValues = (answer: Answer, change: (value: unknown) => unknown): Answer => {
  const stream = {};
  const samples = answer.samples.map(({ sample, parts }) => ({
    parts,
    sample: {
      ...sample,
      ...(sample.stream && { stream: Object.assign(stream, sample.stream) }),
      ...(sample.kind === "stream" || sample.kind === "end" ? {} : { value: change(sample.value) }),
    },
  }));
  return answerOf(samples);
};

/** Two random halves. `random`: from 0 to 1. */
export function halves(answers: readonly Answer[], random: () => number): [Answer[], Answer[]] {
  const shuffled = [...answers];
  for (let index = shuffled.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    [shuffled[index], shuffled[other]] = [shuffled[other] as Answer, shuffled[index] as Answer];
  }
  const middle = Math.floor(shuffled.length / 2);
  return [shuffled.slice(0, middle), shuffled.slice(middle)];
}

/** A random number generator that gives the same numbers for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

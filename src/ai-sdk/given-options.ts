/** What an application wrote under `providerOptions.groq`, and what of it nobody reads. */
import type { SharedV3ProviderOptions } from "@ai-sdk/provider";
import { didYouMean } from "../provider/base/nearest.ts";
import type { ExtraMembers, ImagePart } from "../provider/base/types.ts";
import { isObject, kindOf } from "../provider/base/values.ts";
import type { Warnings } from "./warnings.ts";

/** Of a message, a part or a tool. */
export interface GivenMembers {
  extra?: ExtraMembers;
  name?: string;
  detail?: NonNullable<ImagePart["detail"]>;
  /** What a part of an answer carries for the service. */
  message?: Record<string, unknown>;
}

/** Reads the options of one call, and tells what it can't. */
export class GivenOptions {
  readonly warnings: Warnings;
  readonly #service: string;

  constructor(service: string, warnings: Warnings) {
    this.#service = service;
    this.warnings = warnings;
  }

  /** All that a call gave; the provider refuses what it does not know. */
  all(options: SharedV3ProviderOptions | undefined): Record<string, unknown> {
    for (const name of Object.keys(options ?? {}))
      if (name !== "groq" && (name === this.#service || name.toLowerCase() === "groq"))
        this.warnings.unsupported(`providerOptions.${name}`, "options go under groq, whichever the service");
    const groq: unknown = options?.groq;
    if (isObject(groq)) return groq;
    if (groq !== undefined)
      this.warnings.unsupported("providerOptions.groq", `expected an object, got ${kindOf(groq)}`);
    return {};
  }

  /** Of `place` those that are `known` there; all else is told. */
  of(
    options: SharedV3ProviderOptions | undefined,
    known: readonly (keyof GivenMembers)[],
    place: string,
  ): GivenMembers {
    const members: GivenMembers = {};
    for (const [name, value] of Object.entries(this.all(options))) {
      const tell = (problem: string) =>
        this.warnings.unsupported(`providerOptions.groq.${name} of ${place}`, problem);
      if (value === undefined) continue;
      if (!known.some((word) => word === name))
        tell(`there is ${known.join(", ")}${didYouMean(name, known)}`);
      else if (name === "extra" && isObject(value)) members.extra = value;
      else if (name === "message" && isObject(value)) members.message = value;
      else if (name === "name" && typeof value === "string") members.name = value;
      else if (name === "detail" && (value === "auto" || value === "low" || value === "high"))
        members.detail = value;
      else tell(`expected ${EXPECTED.get(name)}, got ${kindOf(value)}`);
    }
    return members;
  }
}

const EXPECTED: ReadonlyMap<string, string> = new Map([
  ["extra", "an object"],
  ["message", "an object"],
  ["name", "a text"],
  ["detail", "auto, low or high"],
]);

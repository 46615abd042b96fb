/** A provider as one of several: what it is asked, whether it can go now, how it fared. */
import { memberOf } from "../provider/base/error.ts";
import type { LlmProvider } from "../provider/base/llm-provider.ts";
import type { EndpointType } from "../provider/base/types.ts";
import { isList } from "../provider/base/values.ts";
import type { Breaker } from "./breaker.ts";
import type { Gate } from "./gate.ts";
import type { ModelCatalogue } from "./model-catalogue.ts";
import type { CandidateState, RouterCandidate, RouterOperation, TokenPrice } from "./types.ts";

/** `config.provider` of a router. */
export const ROUTER = "router";

export interface CandidateParts {
  name: string;
  given: RouterCandidate;
  breaker: Breaker;
  models: ModelCatalogue;
  gate: Gate;
}

export class Candidate implements CandidateState {
  readonly name: string;
  readonly provider: LlmProvider;
  readonly weight: number;
  readonly price: TokenPrice | undefined;
  /** What it is asked instead of what a call says. */
  readonly chatOptions: NonNullable<RouterCandidate["options"]>;
  readonly embedOptions: NonNullable<RouterCandidate["embedOptions"]>;
  readonly breaker: Breaker;
  readonly models: ModelCatalogue;
  readonly gate: Gate;
  /** Calls of this router that it works on. */
  active = 0;
  readonly isRouter: boolean;
  readonly #given: RouterCandidate;

  constructor({ name, given, breaker, models, gate }: CandidateParts) {
    this.name = name;
    this.provider = given.provider;
    this.weight = given.weight ?? 1;
    this.price = given.price;
    this.chatOptions = given.options ?? {};
    this.embedOptions = given.embedOptions ?? {};
    this.breaker = breaker;
    this.models = models;
    this.gate = gate;
    this.isRouter = given.provider.config.provider === ROUTER;
    this.#given = given;
  }

  get maxContext(): number | undefined {
    return this.contextOf(this.modelFor("chat"));
  }

  /** Tokens that fit into one call of this model here, as far as that is known. */
  contextOf(model: string): number | undefined {
    return this.#given.maxContext ?? this.models.known(model)?.contextWindow;
  }

  get waitMs(): number {
    return this.gate.waitMs;
  }

  get restMs(): number {
    return Math.max(this.breaker.restMs, this.isRouter ? shortestRest(this.provider) : 0);
  }

  /** Learns how much fits, where nobody said it. Never rejects. */
  async learnContext(model: string): Promise<void> {
    if (this.#given.maxContext === undefined) await this.models.find(model);
  }

  /** The model that a call asks for here. */
  modelFor(operation: RouterOperation, called?: string | undefined): string {
    const { model } = operation === "embed" ? this.embedOptions : this.chatOptions;
    return model ?? called ?? this.provider.config.model;
  }

  /** Milliseconds of a try that it is asked instead of what a call says. */
  timeoutOf(operation: RouterOperation): number | undefined {
    return (operation === "embed" ? this.embedOptions : this.chatOptions).timeoutMs;
  }

  /** Whether its own model is asked, not one that the call names. */
  choosesModel(operation: RouterOperation, called: string | undefined): boolean {
    return this.modelFor(operation, called) !== called;
  }

  supports(operation: RouterOperation): boolean {
    return this.has(ENDPOINTS[operation]);
  }

  has(endpoint: EndpointType): boolean {
    try {
      return this.provider.supportsEndpoint(endpoint);
    } catch {
      // Of another make, and asked by a timer: it can't be asked.
      return false;
    }
  }
}

/** Milliseconds until the first candidate of a nested router may be asked again. */
function shortestRest(router: LlmProvider): number {
  const given = memberOf(router, "candidates");
  const candidates = isList(given) ? (given as readonly unknown[]) : [];
  if (candidates.length === 0) return 0;
  const rests = candidates.map((candidate) => memberOf(candidate, "restMs"));
  return Math.min(...rests.map((ms) => (typeof ms === "number" && ms > 0 ? ms : 0)));
}

const ENDPOINTS = {
  chat: "chat",
  chatStream: "chat",
  complete: "completion",
  embed: "embedding",
} as const;

/** What a candidate's service says of its models, read when it is first needed and kept for a while. */
import { isBug } from "../provider/base/bug.ts";
import type { Clock } from "../provider/base/clock.ts";
import { LlmError } from "../provider/base/error.ts";
import type { LlmProvider } from "../provider/base/llm-provider.ts";
import type { ModelInfo } from "../provider/base/types.ts";
import { inTime } from "./in-time.ts";

const RETRY_MS = 30_000;
const FIRST_RETRY_MS = 500;
const TIMEOUT_MS = 5000;

export class ModelCatalogue {
  readonly #provider: LlmProvider;
  readonly #clock: Clock;
  readonly #keepMs: number;
  #models: ReadonlyMap<string, ModelInfo> | undefined;
  #readAgainAt = 0;
  #reading: Promise<void> | undefined;
  /** Reads in a row that failed for now. */
  #failures = 0;

  constructor(provider: LlmProvider, clock: Clock, keepMs: number) {
    this.#provider = provider;
    this.#clock = clock;
    this.#keepMs = keepMs;
  }

  /** The model, as far as it was read already. */
  known(id: string): ModelInfo | undefined {
    return this.#models?.get(id);
  }

  /** The model; `undefined` where the service does not tell it, or can't be asked. Old news serve while new are on their way. */
  async find(id: string): Promise<ModelInfo | undefined> {
    if (this.#clock.now() >= this.#readAgainAt) this.#reading ??= this.#read();
    if (!this.#models) await this.#reading;
    return this.known(id);
  }

  /** Milliseconds until it is read again, where nothing is known since a read failed for now; 0 otherwise. */
  get comesInMs(): number {
    return this.#models || this.#failures === 0 ? 0 : Math.max(1, this.#readAgainAt - this.#clock.now());
  }

  async #read(): Promise<void> {
    try {
      // Shared by all calls that wait for it, so none of them may end it.
      const listing = this.#provider.listModels({ maxRetries: 0, timeoutMs: TIMEOUT_MS });
      const models = await inTime(listing, TIMEOUT_MS, this.#clock, "The list of models");
      this.#models = new Map(models.map((model) => [model.id, model]));
      this.#failures = 0;
      this.#readAgainAt = this.#clock.now() + this.#keepMs;
    } catch (fault) {
      this.#failures = isForNow(fault) ? this.#failures + 1 : 0;
      const retryMs = this.#failures > 0 ? FIRST_RETRY_MS * 2 ** (this.#failures - 1) : RETRY_MS;
      this.#readAgainAt = this.#clock.now() + Math.min(RETRY_MS, retryMs);
    }
    this.#reading = undefined;
  }
}

/** An outage; not a service that has no such list, nor one of another make that gives something else. */
function isForNow(fault: unknown): boolean {
  return LlmError.is(fault) ? fault.retryable || fault.kind === "Timeout" : !isBug(fault);
}

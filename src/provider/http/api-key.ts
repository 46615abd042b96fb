/** The key of each try, and what removes keys from text. */
import { applicationFault, LlmError } from "../base/error.ts";
import { createRedact, type Redact } from "../base/redact.ts";
import { keyProblem } from "../config/fields.ts";

/** A text, or a function that is asked for one at each try. */
export type ApiKeySource = string | (() => string | Promise<string>);

/** Of keys that change, so many are removed from errors: those of tries with the key before may still come. */
const KEYS_KEPT = 4;

export class ApiKey {
  readonly #source: ApiKeySource;
  readonly #headers: Readonly<Record<string, string>>;
  #known: readonly string[] = [];
  #redact: Redact;

  /** `headers`: those of the application, whose values are secrets as well. */
  constructor(source: ApiKeySource, headers: Readonly<Record<string, string>> = {}) {
    this.#source = source;
    this.#headers = headers;
    this.#redact = createRedact("", headers);
    if (typeof source === "string") this.#remember(source);
  }

  /** Text from outside without keys and values of headers, should a server or a client repeat them. */
  readonly redact: Redact = (text) => this.#redact(text);

  /** Rejects with `ConfigError` where the function that gives the key fails, or gives none. */
  current(): string | Promise<string> {
    return typeof this.#source === "string" ? this.#source : this.#ask(this.#source);
  }

  async #ask(source: () => string | Promise<string>): Promise<string> {
    let key: unknown;
    try {
      key = await source();
    } catch (fault) {
      throw applicationFault("The function apiKey", fault, this.redact);
    }
    const problem = keyProblem(key);
    if (typeof key !== "string" || problem !== undefined)
      throw new LlmError("ConfigError", `apiKey: expected that its function gives ${problem}`);
    const trimmed = key.trim();
    this.#remember(trimmed);
    return trimmed;
  }

  #remember(key: string): void {
    if (this.#known.includes(key)) return;
    this.#known = [key, ...this.#known].slice(0, KEYS_KEPT);
    const [first = "", ...others] = this.#known;
    const all = [createRedact(first, this.#headers), ...others.map((other) => createRedact(other))];
    this.#redact = (text) => all.reduce((rest, redact) => redact(rest), text);
  }
}

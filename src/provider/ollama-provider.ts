/** Ollama: chats over its compatible endpoint, models over its own. */
import { applicationFault, LlmError } from "./base/error.ts";
import type { Call } from "./base/layer.ts";
import type { ModelConfig } from "./base/model-config.ts";
import type { Redact } from "./base/redact.ts";
import type { CallOptions, ModelList, PullOptions, PullProgress } from "./base/types.ts";
import { demandObject, isObject, reading, valueAt } from "./base/values.ts";
import type { ProviderDependencies } from "./call/dependencies.ts";
import { jsonLines } from "./http/json-lines.ts";
import type { StreamAnswer, Transport } from "./http/transport.ts";
import { OpenAiCompatibleProvider } from "./openai-compatible.ts";
import { ollama } from "./services/ollama.ts";
import { openAiCompatible } from "./services/service-profile.ts";
import { check } from "./wire/check.ts";
import { findError, readErrorBody } from "./wire/error-body.ts";
import { errorFromAnswer, errorFromFault } from "./wire/errors.ts";
import { toModelInfo } from "./wire/models.ts";
import { normaliseModels } from "./wire/normalise-lists.ts";
import { PULL_RULES } from "./wire/option-rules.ts";
import { withHidden } from "./wire/response.ts";
import { checkText } from "./wire/untyped-input.ts";

const STALL_MS = 300_000;

/**
 * A local Ollama, or any other at `base_url`. `pullModel` brings a model to its disk, `ensureModel` does so where it is
 * missing, `listModels` tells what is there, with sizes.
 */
export class OllamaProvider extends OpenAiCompatibleProvider {
  readonly #root: string;

  constructor(config: ModelConfig, dependencies: ProviderDependencies = {}) {
    const read = () => [withEmbeddings(config), nameOf(config)] as const;
    const [given, provider] = reading("the configuration", read, "ConfigError");
    super(given, dependencies, { ...ollama, provider });
    this.#root = this.baseUrl.replace(/\/v1$/, "");
  }

  /** The models on its disk, from `/api/tags`. */
  override listModels(options: CallOptions = {}): Promise<ModelList> {
    return this.callOther("listModels", { options }, async (call, transport) => {
      const { head, headers, body } = await transport.other(`${this.#root}/api/tags`, undefined, call);
      const failure = findError(body);
      if (failure !== undefined) {
        const { status } = head;
        throw errorFromAnswer({ status, headers, body: failure, redact: transport.redact });
      }
      // So it says that its disk has none.
      const hasNone = valueAt(body, ["models"]) === null;
      const models = hasNone
        ? []
        : check("ModelList", normaliseModels(body), { ...head, redact: transport.redact }).data.map(
            toModelInfo,
          );
      return withHidden<ModelList>(models, { raw: body, headers });
    });
  }

  /** As everywhere in Ollama, a name without a tag means `latest`, one without a namespace `library`, in any case. */
  override async modelExists(name: string, options: CallOptions = {}): Promise<boolean> {
    this.checked("listModels", options, () => checkText("name", name));
    const whole = wholeName(name);
    const models = await this.listModels(options);
    return models.some(({ id }) => wholeName(id) === whole);
  }

  /** Pulls the model where it is missing. */
  override async ensureModel(name: string, options: PullOptions = {}): Promise<void> {
    const callOptions = this.checked("pullModel", options, () => {
      demandObject("options", options, "InvalidRequest");
      const { onProgress: _onProgress, stallTimeoutMs: _stall, ...rest } = options;
      return rest;
    });
    if (!(await this.modelExists(name, callOptions))) await this.pullModel(name, options);
  }

  /**
   * Brings a model to the server's disk; resolves when it is there. No time bounds a whole pull but `deadlineMs` and
   * `timeoutMs`, where they are given. Rejects with `ModelPullFailed` whatever the server or the connection to it failed
   * with (see its `cause`); with `Timeout`, `Cancelled`, `InvalidRequest` and `ConfigError` as any call. What came is kept, so
   * that the next pull goes on there.
   */
  override async pullModel(name: string, options: PullOptions = {}): Promise<void> {
    const unbounded = this.checked("pullModel", options, () => {
      checkText("name", name);
      demandObject("options", options, "InvalidRequest");
      // A model may take an hour; that bytes come is seen to by the time between two words.
      return { timeoutMs: Number.POSITIVE_INFINITY, ...options };
    });
    const plan = { model: name, options: unbounded, rules: PULL_RULES };
    await this.callOther("pullModel", plan, async (call, transport) => {
      try {
        const body = { model: name, stream: true };
        const answer = await transport.otherStream(`${this.#root}/api/pull`, body, call);
        await this.#follow(answer, call, transport, unbounded);
      } catch (fault) {
        throw pullFailure(name, errorFromFault(fault, transport.host, transport.redact), transport.redact);
      }
    });
  }

  /** Reads what the server says to its end. */
  async #follow(
    { head, headers, body }: StreamAnswer,
    call: Call,
    transport: Transport,
    { onProgress, stallTimeoutMs = STALL_MS }: PullOptions,
  ): Promise<void> {
    const reader = body.getReader();
    const close = () => void reader.cancel().catch(() => {});
    const stopListening = call.abort.onAbort(close);
    let isDone = false;
    try {
      for await (const line of jsonLines(() => this.#inTime(reader.read(), stallTimeoutMs))) {
        const failure = findError(line) ?? statusError(line);
        if (failure !== undefined) {
          const { status } = head;
          throw errorFromAnswer({
            status,
            headers,
            body: failure,
            model: call.model,
            redact: transport.redact,
          });
        }
        const progress = toProgress(line);
        if (!progress) continue;
        await tell(onProgress, progress, transport.redact);
        // It is there. Whether the server says more, or closes the connection, is of no matter.
        isDone = progress.status === "success";
        if (isDone) break;
      }
    } finally {
      stopListening();
      close();
    }
    if (isDone) return;
    throw new LlmError("ModelPullFailed", "The server's words ended before the model was there", {
      retryable: true,
    });
  }

  #inTime<T>(read: Promise<T>, ms: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = this.clock.setTimer(() => {
        const message = `Nothing was heard of the pull for ${ms} ms (stallTimeoutMs)`;
        reject(new LlmError("Timeout", message, { timeout: "stall", retryable: true }));
      }, ms);
      read.then(resolve, reject).finally(stop);
    });
  }
}

/** Its default name says nothing of endpoints, and embeddings are among them. */
const withEmbeddings = (config: ModelConfig): ModelConfig =>
  isObject(config) && config.supported_endpoints === undefined
    ? { ...config, supported_endpoints: ollama.endpoints }
    : config;

/** A configuration of `openai-compatible` is one of Ollama, where its address says so. */
const nameOf = (config: ModelConfig): string =>
  valueAt(config, ["provider"]) === openAiCompatible.provider ? openAiCompatible.provider : ollama.provider;

const DEFAULT_PLACE = /^(https?:\/\/)?(registry\.ollama\.ai\/)?(library\/)?/;

/** A name with its tag, without the parts that are the same for most. */
function wholeName(name: string): string {
  const short = name.trim().toLowerCase().replace(DEFAULT_PLACE, "");
  return short.slice(short.lastIndexOf("/") + 1).includes(":") ? short : `${short}:latest`;
}

/** Some versions tell a failure as a status. */
function statusError(line: unknown): object | undefined {
  return isObject(line) && line.status === "error" ? { error: line.message ?? line } : undefined;
}

function toProgress(line: unknown): PullProgress | undefined {
  if (!isObject(line) || typeof line.status !== "string") return undefined;
  const progress: PullProgress = { status: line.status };
  if (typeof line.digest === "string") progress.digest = line.digest;
  if (typeof line.completed === "number") progress.completed = line.completed;
  if (typeof line.total === "number") progress.total = line.total;
  return progress;
}

async function tell(
  onProgress: PullOptions["onProgress"],
  progress: PullProgress,
  redact: (text: string) => string,
): Promise<void> {
  try {
    await onProgress?.(progress);
  } catch (fault) {
    throw applicationFault("The function onProgress", fault, redact);
  }
}

/** Not the pull's: the application's own doing, or bounds that it set. */
const AS_THEY_ARE = new Set(["Cancelled", "Timeout", "ConfigError"]);
/** What no second try would bring. */
const FINAL = /not found|does not exist|invalid model name|no space left|insufficient storage/i;
const INSUFFICIENT_STORAGE = 507;

function pullFailure(name: string, error: LlmError, redact: Redact): LlmError {
  if (AS_THEY_ARE.has(error.kind)) return error;
  const { status, code, type, requestId, body, retryAfterMs, retryable } = error;
  const said = body === undefined ? undefined : readErrorBody(body, redact).message;
  const isFinal = status === INSUFFICIENT_STORAGE || FINAL.test(said ?? error.message);
  // Where no second try helps, only the server's words are told: the advice of its status says to try again.
  const reason = isFinal && said !== undefined ? said : error.message;
  return new LlmError("ModelPullFailed", `The model "${name}" could not be pulled: ${reason}`, {
    ...{ status, code, type, requestId, body, retryAfterMs, cause: error },
    retryable: retryable && !isFinal,
  });
}

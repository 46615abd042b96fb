/** The models of several candidates as those of one. */
import { throwIfAborted } from "../provider/base/abort.ts";
import { LlmError, memberOf } from "../provider/base/error.ts";
import { providerFailed } from "../provider/base/handed-in.ts";
import { didYouMean } from "../provider/base/nearest.ts";
import type { CallOptions, ModelInfo, PullOptions } from "../provider/base/types.ts";
import { demandObject, isObject, kindOf, reading } from "../provider/base/values.ts";
import type { Candidate } from "./candidate.ts";

/** The signal of options that a candidate may have refused. */
export function signalIn(options: unknown): AbortSignal | undefined {
  const signal = memberOf(options, "signal");
  return signal instanceof AbortSignal ? signal : undefined;
}

/** Of all candidates that answer; rejects as the first does where none answers. */
export async function mergeModels(
  candidates: readonly Candidate[],
  options: CallOptions,
): Promise<ModelInfo[]> {
  demandObject("options", options, "InvalidRequest");
  const lists = await Promise.allSettled(
    candidates.map(async ({ provider, name }) => {
      try {
        return readList(await provider.listModels(options));
      } catch (fault) {
        throw providerFailed(fault, name);
      }
    }),
  );
  throwIfAborted(signalIn(options));
  const models = new Map<string, ModelInfo>();
  for (const list of lists) {
    for (const model of list.status === "fulfilled" ? list.value : []) {
      const known = models.get(model.id);
      // One that serves goes before one that is only listed.
      if (!known || (known.active === false && model.active !== false)) models.set(model.id, model);
    }
  }
  const [first] = lists;
  if (first?.status === "rejected" && lists.every(({ status }) => status === "rejected")) throw first.reason;
  return [...models.values()];
}

/** Of a provider of another make. */
function readList(models: readonly ModelInfo[]): readonly ModelInfo[] {
  const given: unknown = models;
  if (Array.isArray(given) && given.every(isObject)) return models;
  throw new TypeError(`it gave ${kindOf(given)} for a list of models`);
}

/**
 * Resolves where a candidate serves the model, or brings it to its server, as Ollama does; in order. Rejects with
 * `ModelNotFound`, with the nearest names, or with why it could not be brought.
 */
export async function ensureModel(
  candidates: readonly Candidate[],
  name: string,
  options: PullOptions,
): Promise<void> {
  demandObject("options", options, "InvalidRequest");
  const callOptions = reading("options", () => {
    const { onProgress: _onProgress, stallTimeoutMs: _stall, ...rest } = options;
    return rest;
  });
  const models = await mergeModels(candidates, callOptions);
  const found = models.find(({ id }) => id === name);
  if (found && found.active !== false) return;
  let failed: LlmError | undefined;
  for (const { provider } of candidates) {
    try {
      return await provider.ensureModel(name, options);
    } catch (fault) {
      throwIfAborted(signalIn(options));
      // All others say that they don't have it.
      if (LlmError.is(fault) && (fault.kind === "ModelPullFailed" || fault.kind === "InvalidRequest"))
        failed ??= fault;
    }
  }
  if (failed) throw failed;
  const ids = models.map(({ id }) => id);
  const problem = found ? "is listed but not active" : `is not there${didYouMean(name, ids, 3)}`;
  throw new LlmError("ModelNotFound", `The model "${name}" ${problem}`);
}

/** By the first candidate that can; rejects with what the last one said that tried, or `NotSupported`. */
export async function pullModel(
  candidates: readonly Candidate[],
  name: string,
  options: PullOptions,
): Promise<void> {
  let error: unknown;
  for (const { provider } of candidates) {
    try {
      return await provider.pullModel(name, options);
    } catch (fault) {
      if (LlmError.is(fault) && fault.kind === "Cancelled") throw fault;
      const cannot = LlmError.is(fault) && fault.kind === "NotSupported";
      if (!cannot || error === undefined) error = fault;
    }
  }
  throw providerFailed(error);
}

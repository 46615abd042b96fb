/** The models that the embedded Groq has, and those that it had. */

/** A model by its wire names. */
export interface WireModel {
  /** As requests name it. */
  id: string;
  object: "model";
  /** Seconds since 1970. */
  created: number;
  /** Who made or serves it. */
  owned_by: string;
  [field: string]: unknown;
}

function model(
  id: string,
  contextWindow: number,
  maxOutput: number,
  features: string[],
  rest: object = {},
): WireModel {
  return {
    id,
    object: "model",
    created: 1_754_408_224,
    owned_by: id.includes("/") ? id.slice(0, id.indexOf("/")) : "someone",
    active: true,
    context_window: contextWindow,
    max_completion_tokens: maxOutput,
    public_apps: null,
    name: id.slice(id.indexOf("/") + 1),
    input_modalities: ["text"],
    output_modalities: ["text"],
    supported_features: features,
    ...rest,
  };
}

const ALL = ["tools", "json_mode", "structured_outputs", "reasoning"];

const SPEECH = { output_modalities: ["speech"] };
const TRANSCRIPTION = { input_modalities: ["audio"], output_modalities: ["transcription"] };

export const defaultModels: readonly WireModel[] = [
  model("openai/gpt-oss-20b", 131_072, 65_536, ALL, {
    pricing: { prompt: "0.000000075", completion: "0.0000003", input_cache_read: "0.0000000375" },
  }),
  model("openai/gpt-oss-120b", 131_072, 65_536, ALL, {
    pricing: { prompt: "0.00000015", completion: "0.0000006", input_cache_read: "0.000000075" },
  }),
  model("openai/gpt-oss-safeguard-20b", 131_072, 65_536, ["json_mode", "reasoning"]),
  model("qwen/qwen3.8-27b", 131_072, 16_384, ["tools", "json_mode", "reasoning"], {
    input_modalities: ["text", "image"],
  }),
  model("allam-2-7b", 4096, 4096, ["json_mode"]),
  model("meta-llama/llama-prompt-guard-2-22m", 512, 512, []),
  model("meta-llama/llama-prompt-guard-2-86m", 512, 512, []),
  model("canopylabs/orpheus-v1-english", 4000, 50_000, [], SPEECH),
  model("canopylabs/orpheus-arabic-saudi", 4000, 50_000, [], SPEECH),
  model("whisper-large-v3", 448, 448, [], TRANSCRIPTION),
  model("whisper-large-v3-turbo", 448, 448, [], TRANSCRIPTION),
];

/** Answered with 400 `model_decommissioned`; other unknown models with 404 `model_not_found`. */
export const decommissioned: ReadonlySet<string> = new Set([
  "llama-3.2-90b-vision-preview",
  "mixtral-8x7b-32768",
  "gemma2-9b-it",
  "llama3-8b-8192",
  "llama3-70b-8192",
  "deepseek-r1-distill-llama-70b",
]);

/**
 * All names of OpenTelemetry's conventions for generative AI. They are in development and have moved: `latest` is the state
 * of the conventions' own repository, `1.41` the last before it, which most dashboards know.
 */

/** Of tracers and meters. */
export const SCOPE = "groq-provider";

/** Node's diagnostics channel. */
export const CHANNEL = "groq-provider:event";

/** What the conventions call an operation, where they have a name for it. */
export const OPERATION = { chat: "chat", embeddings: "embeddings", tool: "execute_tool" } as const;

/** The span of a try. */
export const ATTEMPT = "attempt";

/** Attributes, the same in both. */
export const ATTR = {
  operation: "gen_ai.operation.name",
  provider: "gen_ai.provider.name",
  requestModel: "gen_ai.request.model",
  stream: "gen_ai.request.stream",
  maxTokens: "gen_ai.request.max_tokens",
  temperature: "gen_ai.request.temperature",
  topP: "gen_ai.request.top_p",
  frequencyPenalty: "gen_ai.request.frequency_penalty",
  presencePenalty: "gen_ai.request.presence_penalty",
  reasoning: "gen_ai.request.reasoning.level",
  outputType: "gen_ai.output.type",
  dimensions: "gen_ai.embeddings.dimension.count",
  encodings: "gen_ai.request.encoding_formats",
  seed: "gen_ai.request.seed",
  stop: "gen_ai.request.stop_sequences",
  choices: "gen_ai.request.choice.count",
  responseId: "gen_ai.response.id",
  responseModel: "gen_ai.response.model",
  finishReasons: "gen_ai.response.finish_reasons",
  firstChunk: "gen_ai.response.time_to_first_chunk",
  inputTokens: "gen_ai.usage.input_tokens",
  outputTokens: "gen_ai.usage.output_tokens",
  cachedTokens: "gen_ai.usage.cache_read.input_tokens",
  reasoningTokens: "gen_ai.usage.reasoning.output_tokens",
  inputMessages: "gen_ai.input.messages",
  outputMessages: "gen_ai.output.messages",
  tokenType: "gen_ai.token.type",
  modality: "gen_ai.token.modality",
  toolName: "gen_ai.tool.name",
  toolType: "gen_ai.tool.type",
  toolCallId: "gen_ai.tool.call.id",
  toolArguments: "gen_ai.tool.call.arguments",
  toolResult: "gen_ai.tool.call.result",
  server: "server.address",
  port: "server.port",
  error: "error.type",
  status: "http.response.status_code",
  resend: "http.request.resend_count",
  requestId: "groq_provider.request.id",
  retryAfter: "groq_provider.retry_after_ms",
  bucket: "groq_provider.limit.bucket",
  answeredBy: "groq_provider.route.answered_by",
  asked: "groq_provider.route.asked",
  costUsd: "groq_provider.route.cost_usd",
  outcome: "groq_provider.route.outcome",
  durationMs: "groq_provider.route.duration_ms",
  hedge: "groq_provider.route.hedge",
  router: "groq_provider.router.name",
  candidate: "groq_provider.router.candidate",
  state: "groq_provider.router.breaker.state",
  problem: "groq_provider.router.budget.problem",
  attempt: "groq_provider.attempt",
  waitMs: "groq_provider.wait_ms",
} as const;

/** Events of spans. */
export const EVENT = {
  retry: "retry",
  limitWait: "limit wait",
  asked: "asked",
} as const;

/** Services that the conventions name otherwise than a configuration does. */
export const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ["azure", "azure.ai.openai"],
  ["gemini", "gcp.gemini"],
  ["mistral", "mistral_ai"],
  ["moonshot", "moonshot_ai"],
  ["xai", "x_ai"],
]);

/** Versions of the conventions: up to 1.41, or what came after. */
export type Semconv = "1.41" | "latest";

export interface MetricNames {
  duration: string;
  embeddingsDuration: string;
  firstChunk: string;
  chunk: string;
  /** Absent: there was none. */
  toolDuration?: string;
}

export const METRICS: Readonly<Record<Semconv, MetricNames>> = {
  "1.41": {
    duration: "gen_ai.client.operation.duration",
    embeddingsDuration: "gen_ai.client.operation.duration",
    firstChunk: "gen_ai.client.operation.time_to_first_chunk",
    chunk: "gen_ai.client.operation.time_per_output_chunk",
  },
  latest: {
    duration: "gen_ai.client.inference.duration",
    embeddingsDuration: "gen_ai.client.embeddings.duration",
    firstChunk: "gen_ai.client.inference.time_to_first_chunk",
    chunk: "gen_ai.client.inference.time_per_output_chunk",
    toolDuration: "gen_ai.execute_tool.duration",
  },
};

/** One histogram of tokens by kind. */
export const TOKENS_1_41 = "gen_ai.client.token.usage";

/** A counter for each kind of token, and a histogram for each direction. */
export const TOKENS_LATEST = {
  input: "gen_ai.client.inference.usage.input_tokens",
  output: "gen_ai.client.inference.usage.output_tokens",
  cached: "gen_ai.client.inference.usage.cache_read.input_tokens",
  reasoning: "gen_ai.client.inference.usage.reasoning.output_tokens",
  inputSize: "gen_ai.client.inference.operation.input_tokens",
  outputSize: "gen_ai.client.inference.operation.output_tokens",
  embedded: "gen_ai.client.embeddings.operation.input_tokens",
} as const;

/** Ours: the conventions have none. */
export const OWN = {
  wait: "groq_provider.limit.wait",
  refusals: "groq_provider.limit.refusals",
  remaining: "groq_provider.limit.remaining",
  asks: "groq_provider.router.asks",
  routerWait: "groq_provider.router.wait",
  breakerChanges: "groq_provider.router.breaker.changes",
  breakerOpen: "groq_provider.router.breaker.open",
  budgetProblems: "groq_provider.router.budget.problems",
  cost: "groq_provider.router.cost",
} as const;

/** Seconds, as the conventions give them. */
export const DURATION_BUCKETS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
/** Powers of 4, as the conventions give them. */
export const TOKEN_BUCKETS = Array.from({ length: 14 }, (_, power) => 4 ** power);

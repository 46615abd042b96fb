/**
 * Does the client bear what a document says? Its operations are run against a server that answers by the document: all that a
 * vendor's next document may bring is met before it is live.
 */
import type { OpenApiDocument } from "../openapi/document.ts";
import { LlmError } from "../provider/base/error.ts";
import type { LlmProvider } from "../provider/base/llm-provider.ts";
import type { ModelConfig } from "../provider/base/model-config.ts";
import { createProvider } from "../provider/create-provider.ts";
import { chatObject, chatObjectStream } from "../provider/object/chat-object.ts";
import { runTools, runToolsStream } from "../provider/tools/run-tools.ts";
import { defineTool } from "../provider/tools/tools.ts";
import { serveDocument } from "../testing/described/served-document.ts";
import type { Bodies, ServedDocument } from "../testing/described/types.ts";
import { createEmbeddedGroq } from "../testing/embedded-groq.ts";
import type { ErrorReply } from "../testing/reply.ts";

/** Something that the client did not bear. */
export interface TrialFault {
  /**
   * `threw`: something else than an `LlmError`. `refused`: the client, a valid answer. `request`: the document, what the client asks.
   * `passed`: an answer of failure, as one of success.
   */
  what: "threw" | "refused" | "request" | "passed";
  /** The error's kind and sentence, or what was thrown. */
  message: string;
  /** How many of the calls ended so. */
  calls: number;
}

/** One of the client's operations, over and over, until every branch of what the document says was met. */
export interface Trial {
  /** `chat`, `chatStream`, …; with a status the failures: `chat 429`. */
  operation: string;
  /** How much was in the bodies. */
  bodies: Bodies;
  calls: number;
  /** Empty where all went well. */
  faults: TrialFault[];
}

/** Which service's rules the client is to follow. */
export interface TrialOptions {
  /** Default: `openai-compatible`. */
  provider?: string | undefined;
  /** Any whole number: another gives other values first. */
  seed?: number | undefined;
}

type Step = (provider: LlmProvider) => Promise<unknown>;

const MODEL = "vendor/model";
const QUESTION = [{ role: "user", content: "What is the weather in Lisbon?" }] as const;

const weather = defineTool({
  name: "weather",
  description: "The weather of a city.",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  execute: () => "sunny",
});

const weatherSchema = {
  type: "object",
  properties: { city: { type: "string" }, degrees: { type: "integer" } },
  required: ["city", "degrees"],
  additionalProperties: false,
};

/** With the operation of the document that each needs. */
const STEPS: readonly { operation: string; needs: string; run: Step }[] = [
  { operation: "chat", needs: "POST /chat/completions", run: (provider) => provider.chat(QUESTION) },
  {
    operation: "chatStream",
    needs: "POST /chat/completions",
    run: async (provider) => {
      const stream = provider.chatStream(QUESTION);
      for await (const _ of stream);
      return stream.response;
    },
  },
  {
    operation: "complete",
    needs: "POST /chat/completions",
    run: (provider) => provider.complete("Hello"),
  },
  {
    operation: "runTools",
    needs: "POST /chat/completions",
    run: (provider) => runTools(provider, QUESTION, { tools: [weather] }),
  },
  {
    operation: "chatObject",
    needs: "POST /chat/completions",
    run: (provider) => chatObject(provider, QUESTION, { schema: weatherSchema, name: "weather" }),
  },
  {
    operation: "runToolsStream",
    needs: "POST /chat/completions",
    run: (provider) => runToolsStream(provider, QUESTION, { tools: [weather] }).result,
  },
  {
    operation: "chatObjectStream",
    needs: "POST /chat/completions",
    run: (provider) =>
      chatObjectStream(provider, QUESTION, { schema: weatherSchema, name: "weather" }).object,
  },
  {
    operation: "embed",
    needs: "POST /embeddings",
    run: (provider) => provider.embed(["one", "two"]),
  },
  { operation: "listModels", needs: "GET /models", run: (provider) => provider.listModels() },
];

const FAILING: readonly Step[] = [
  (provider) => provider.chat(QUESTION),
  (provider) => provider.chatStream(QUESTION).response,
];

/** Of each kind that the client tells apart. */
const STATUSES = [400, 401, 403, 404, 408, 413, 422, 429, 498, 500, 502, 503];

/** So many calls are enough for the largest documents; it is only a bound. */
const MOST_CALLS = 200;

/**
 * Runs chat, chatStream, complete, runTools, chatObject (both also streamed), embed and listModels, as far as the document and the
 * service have them, with bodies of both kinds, and chat with each status of failure. Rejects only for a document that can't be served: `GenerateError`.
 */
export async function tryDocument(document: OpenApiDocument, options: TrialOptions = {}): Promise<Trial[]> {
  const served = serveDocument(document);
  const trials: Trial[] = [];
  const embeds = createProvider(configOf(options.provider)).supportsEndpoint("embedding");
  const steps = STEPS.filter(
    ({ operation, needs }) => served.operations.includes(needs) && (operation !== "embed" || embeds),
  );
  for (const bodies of ["minimal", "maximal"] as const) {
    for (const { operation, run } of steps)
      trials.push(await tryOperation(served, operation, bodies, run, options));
    for (const status of STATUSES) trials.push(await tryFailure(served, status, bodies, options));
  }
  return trials;
}

async function tryOperation(
  document: ServedDocument,
  operation: string,
  bodies: Bodies,
  run: Step,
  { provider: service, seed = 0 }: TrialOptions,
): Promise<Trial> {
  const answers = document.answers({ bodies, seed });
  // One server for all calls, so that each meets other branches.
  const { fetch } = createEmbeddedGroq({
    document: { ...document, answers: () => answers },
    keepRequests: 0,
  });
  const provider = createProvider(configOf(service, document.model), { fetch });
  const found = new Faults();
  let calls = 0;
  do {
    calls++;
    await run(provider).catch((fault: unknown) => found.add(kindOf(fault), messageOf(fault)));
  } while (!answers.isSpent && calls < MOST_CALLS);
  return { operation, bodies, calls, faults: found.list };
}

async function tryFailure(
  document: ServedDocument,
  status: number,
  bodies: Bodies,
  { provider: service, seed = 0 }: TrialOptions,
): Promise<Trial> {
  const reply: ErrorReply = { error: { status, message: "Something is wrong" } };
  const { fetch } = createEmbeddedGroq({ document, bodies, seed, reply, keepRequests: 0 });
  const found = new Faults();
  // Each by a provider of its own: the second would wait, as the first was told to.
  for (const ask of FAILING)
    await ask(createProvider(configOf(service, document.model), { fetch })).then(
      () => found.add("passed", `status ${status} was no error`),
      (fault: unknown) => {
        if (!LlmError.is(fault)) found.add("threw", messageOf(fault));
      },
    );
  return { operation: `chat ${status}`, bodies, calls: FAILING.length, faults: found.list };
}

const configOf = (provider = "openai-compatible", model = MODEL): ModelConfig => ({
  name: "trial",
  provider,
  model,
  supported_endpoints: ["chat", "completion", "embedding"],
  config: { base_url: "http://localhost/v1", api_key: "none", max_retries: 0 },
});

function kindOf(fault: unknown): TrialFault["what"] {
  if (!LlmError.is(fault)) return "threw";
  // Nothing else is answered with this status here.
  return fault.status === 400 ? "request" : "refused";
}

const messageOf = (fault: unknown): string => {
  if (LlmError.is(fault)) return `${fault.kind}: ${fault.message}`;
  return fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault);
};

/** The same fault is told once. */
class Faults {
  readonly list: TrialFault[] = [];

  add(what: TrialFault["what"], message: string): void {
    const known = this.list.find((one) => one.what === what && one.message === message);
    if (known) known.calls++;
    else this.list.push({ what, message, calls: 1 });
  }
}

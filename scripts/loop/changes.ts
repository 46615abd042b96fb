/** What a vendor may do from one day to the next: to its document, or to its answers alone. */

type Schema = { type?: string; properties?: Record<string, unknown>; required?: string[]; enum?: unknown[] };

/** The parts of `openapi/groq.yaml` that are changed here. */
export interface Vendor {
  paths: Record<string, Record<string, unknown>>;
  components: { schemas: Record<string, Schema> };
}

export interface Change {
  name: string;
  change?: (vendor: Vendor) => void;
  /** What stands in the overlay before. */
  overlay?: object;
  /** What the server answers, whatever its document says. */
  answers?: readonly object[];
}

function schemaOf(
  vendor: Vendor,
  name: string,
): { properties: Record<string, unknown>; required: string[] } & Schema {
  const schema = vendor.components.schemas[name];
  if (!schema?.properties) throw new Error(`${name}: expected a schema with properties in openapi/groq.yaml`);
  schema.required ??= [];
  return schema as ReturnType<typeof schemaOf>;
}

function rename(vendor: Vendor, name: string, from: string, to: string): void {
  const schema = schemaOf(vendor, name);
  if (!(from in schema.properties)) throw new Error(`${name}.${from}: not in openapi/groq.yaml`);
  schema.properties = Object.fromEntries(
    Object.entries(schema.properties).map(([key, value]) => [key === from ? to : key, value]),
  );
  schema.required = schema.required.map((key) => (key === from ? to : key));
}

function drop(vendor: Vendor, name: string, member: string): void {
  const schema = schemaOf(vendor, name);
  if (!(member in schema.properties)) throw new Error(`${name}.${member}: not in openapi/groq.yaml`);
  delete schema.properties[member];
  schema.required = schema.required.filter((key) => key !== member);
}

const overlayOf = (target: string, update: object) => ({
  overlay: "1.1.0",
  info: { title: "corrections", version: "1" },
  actions: [{ target, update }],
});

const ANSWER = "CreateChatCompletionResponse";
const MESSAGE = "ChatCompletionResponseMessage";

const answer = (extra: object, message: object = {}) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_790_000_000,
  model: "openai/gpt-oss-20b",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: "Yes.", ...message },
      logprobs: null,
      finish_reason: "stop",
    },
  ],
  ...extra,
});

export const CHANGES: readonly Change[] = [
  { name: "nothing" },
  {
    name: "a required response field renamed",
    change: (vendor) => rename(vendor, "ChatCompletionChoice", "finish_reason", "stop_reason"),
  },
  {
    name: "an optional response field renamed",
    change: (vendor) => rename(vendor, MESSAGE, "reasoning", "thinking"),
  },
  { name: "a response field vanished", change: (vendor) => drop(vendor, MESSAGE, "executed_tools") },
  {
    name: "a new required response field",
    change: (vendor) => {
      const schema = schemaOf(vendor, ANSWER);
      schema.properties.region = { type: "string" };
      schema.required.push("region");
    },
  },
  {
    name: "a new required request field",
    change: (vendor) => {
      const schema = schemaOf(vendor, "CreateChatCompletionRequest");
      schema.properties.region = { type: "string" };
      schema.required.push("region");
    },
  },
  {
    name: "a type changed",
    change: (vendor) => {
      schemaOf(vendor, ANSWER).properties.created = { type: "string", format: "date-time" };
    },
  },
  {
    name: "an enum grown",
    change: (vendor) => {
      const reason = schemaOf(vendor, "ChatCompletionChoice").properties.finish_reason as Schema;
      reason.enum?.push("paused");
    },
  },
  {
    name: "an event added",
    change: (vendor) => {
      const chat = vendor.paths["/chat/completions"]?.post as {
        responses: Record<
          string,
          {
            "x-event-stream"?: Record<string, unknown>;
            content?: Record<string, { "x-event-stream"?: Record<string, unknown> }>;
          }
        >;
      };
      const answered = chat.responses["200"];
      const events =
        answered?.["x-event-stream"] ?? answered?.content?.["text/event-stream"]?.["x-event-stream"];
      if (!events) throw new Error("x-event-stream: not in openapi/groq.yaml");
      events.progress = {
        type: "object",
        properties: { percent: { type: "number" } },
        required: ["percent"],
      };
    },
  },
  {
    name: "an operation added",
    change: (vendor) => {
      vendor.paths["/moderations"] = {
        post: {
          operationId: "createModeration",
          requestBody: {
            content: {
              "application/json": { schema: { type: "object", properties: { input: { type: "string" } } } },
            },
          },
          responses: {
            "200": {
              description: "A verdict.",
              content: { "application/json": { schema: { type: "object" } } },
            },
          },
        },
      };
    },
  },
  {
    name: "an operation removed",
    change: (vendor) => {
      delete vendor.paths["/embeddings"];
    },
  },
  {
    name: "a field that no document has, in every answer",
    answers: Array.from({ length: 3 }, () => answer({ region: "eu" })),
  },
  { name: "an answer whose text is a number", answers: [answer({}, { content: 5 })] },
  {
    name: "what the overlay corrected is in the document now",
    overlay: overlayOf(`$.components.schemas.${ANSWER}.properties`, { region: { type: "string" } }),
    change: (vendor) => {
      schemaOf(vendor, ANSWER).properties.region = { type: "string" };
    },
  },
  {
    name: "what the overlay corrected is gone",
    overlay: overlayOf("$.components.schemas.ChatCompletionStreamOptions.properties", {
      include_limits: { type: "boolean" },
    }),
    change: (vendor) => {
      const request = schemaOf(vendor, "CreateChatCompletionRequest");
      request.properties.stream_options = {
        type: "object",
        properties: { include_usage: { type: "boolean" } },
      };
      delete vendor.components.schemas.ChatCompletionStreamOptions;
    },
  },
];

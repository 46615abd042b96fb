/** The parts that meet real answers, against the embedded Groq and through a provider. */
import { expect, onTestFinished, test } from "vitest";
import { createDriftCheck } from "../../../src/drift/check/check.ts";
import { createDriftChecker } from "../../../src/drift/in-app.ts";
import { runLive } from "../../../src/drift/live/live.ts";
import { addLiveResult } from "../../../src/drift/live/result.ts";
import { addRecord } from "../../../src/drift/read/unpack.ts";
import { loadDocument, packagedDocument } from "../../../src/openapi/document.ts";
import type { ProviderEvent } from "../../../src/provider/base/events.ts";
import { GroqProvider } from "../../../src/provider/groq-provider.ts";
import { type EmbeddedGroqServerOptions, startEmbeddedGroq } from "../../../src/testing/index.ts";
import { recorderIn } from "../record/server.ts";

const KEY = "gsk_embeddedembedded1234567890";

async function embedded(options: EmbeddedGroqServerOptions = {}) {
  const groq = await startEmbeddedGroq({ apiKey: KEY, ...options });
  onTestFinished(() => groq.close());
  return groq;
}

const configOf = (baseUrl: string) => ({
  name: "embedded",
  provider: "groq",
  model: "openai/gpt-oss-20b",
  supported_endpoints: ["chat" as const],
  config: { api_key: KEY, base_url: baseUrl, max_retries: 0 },
});

const document = async () => loadDocument(await packagedDocument());

test("a live check of it is clean, and costs a few hundred tokens", async () => {
  const { baseUrl } = await embedded();
  const result = await runLive({ apiKey: KEY, baseUrl });
  expect(result.questions.filter(({ answered }) => !answered)).toEqual([]);
  expect(result.tokens).toBeLessThan(1_000);
  const check = createDriftCheck(await document());
  addLiveResult(result, check);
  expect(check.report().findings).toEqual([]);
});

test("a provider's calls are recorded, and the recording has neither key nor text", async () => {
  const { baseUrl } = await embedded({ reply: "the plum is ripe" });
  const { recorder, exchanges, text } = await recorderIn();
  const provider = new GroqProvider(configOf(baseUrl), { fetch: recorder.fetch });
  const messages = [{ role: "user" as const, content: "is the plum ripe?" }];
  expect((await provider.chat(messages)).content).toBe("the plum is ripe");
  expect(await provider.chatStream(messages).text()).toBe("the plum is ripe");
  await expect(provider.chat(messages, { model: "no-such-model" })).rejects.toMatchObject({
    kind: "ModelNotFound",
  });

  const recorded = await exchanges();
  expect(recorded.map(({ status, events }) => [status, events?.at(-1)?.data])).toEqual([
    [200, undefined],
    [200, "[DONE]"],
    [404, undefined],
  ]);
  expect(await text()).not.toMatch(/plum|gsk_/);
  const check = createDriftCheck(await document());
  for (const exchange of recorded) addRecord(exchange, { source: "recording" }, check);
  expect(check.report().findings).toEqual([]);
});

test("a provider that is handed a drift check tells what does not fit, and answers all the same", async () => {
  const body = {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "openai/gpt-oss-20b",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: "Hi", mood: "fine" },
        logprobs: null,
        finish_reason: "stop",
      },
    ],
  };
  const headers = { "content-type": "application/json" };
  const { baseUrl } = await embedded({
    fault: { type: "answer", status: 200, headers, body: JSON.stringify(body) },
  });
  const events: ProviderEvent[] = [];
  const provider = new GroqProvider(configOf(baseUrl), {
    drift: createDriftChecker({ sample: 1 }),
    onEvent: (event) => events.push(event),
  });
  for (let call = 0; call < 3; call++) {
    expect((await provider.chat([{ role: "user", content: "Hello" }])).content).toBe("Hi");
  }
  expect(events.filter(({ type }) => type === "drift")).toEqual([
    {
      type: "drift",
      schema: "ChatAnswer",
      place: "choices[].message.mood",
      problem: "unknown field",
      breaking: false,
      breaksClient: false,
    },
  ]);
});

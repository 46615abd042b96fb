import { describe, expect, test } from "vitest";
import {
  Body,
  chunk,
  collect,
  DONE,
  event,
  failure,
  finish,
  settle,
  sse,
  start,
  text,
  textOf,
  usage,
} from "./harness.ts";

describe("chunks and response", () => {
  test("add up to the same", async () => {
    const { stream, outcomes } = start(
      [
        sse(
          chunk({ role: "assistant", content: "" }, null, { x_groq: { id: "req_1", seed: 7 } }),
          chunk({ reasoning: "Let me ", channel: "analysis" }),
          chunk({ reasoning: "see." }),
          text("Hello "),
          text("there"),
          finish("stop", { system_fingerprint: "fp_1", usage: usage(3) }),
          { ...finish(), choices: [], service_tier: "on_demand" },
        ),
      ],
      { headers: { "x-request-id": "req_h" }, requestId: "req_h" },
    );
    const { chunks } = await collect(stream);
    expect(chunks).toEqual([
      { type: "reasoning", text: "Let me " },
      { type: "reasoning", text: "see." },
      { type: "text", text: "Hello " },
      { type: "text", text: "there" },
      { type: "finish", finishReason: "stop", rawFinishReason: "stop" },
      { type: "usage", usage: { promptTokens: 10, completionTokens: 3, totalTokens: 13 } },
    ]);
    const choice = {
      index: 0,
      content: "Hello there",
      reasoning: "Let me see.",
      reasoningField: "reasoning",
      toolCalls: [],
      finishReason: "stop",
      rawFinishReason: "stop",
    };
    const { index: _, ...first } = choice;
    expect(await stream.response).toEqual({
      role: "assistant",
      id: "chatcmpl-7",
      model: "some/model",
      created: 1_790_000_000,
      requestId: "req_h",
      ...first,
      choices: [choice],
      usage: { promptTokens: 10, completionTokens: 3, totalTokens: 13 },
      serviceTier: "on_demand",
      systemFingerprint: "fp_1",
      seed: 7,
    });
    expect(outcomes).toEqual([
      {
        usage: { promptTokens: 10, completionTokens: 3, totalTokens: 13 },
        finishReason: "stop",
        response: await stream.response,
        firstEventMs: expect.any(Number),
      },
    ]);
  });

  test("where the header has no request id, x_groq has it; where no chunk names the model, the request did", async () => {
    const bare = { choices: [{ index: 0, delta: { content: "x" }, finish_reason: "stop" }] };
    const { stream } = start([sse({ ...bare, x_groq: { id: "req_in_body" } })]);
    expect(await stream.response).toMatchObject({
      requestId: "req_in_body",
      model: "asked/model",
      content: "x",
    });
  });

  test("a refusal and the reasoning under another server's name", async () => {
    const { stream } = start([
      sse(
        chunk({ reasoning_content: "hm" }),
        chunk({ refusal: "I " }),
        chunk({ refusal: "won't" }),
        finish(),
      ),
    ]);
    expect(await stream.response).toMatchObject({ refusal: "I won't", reasoning: "hm", content: "" });
  });

  test("a long text of small pieces", async () => {
    const words = Array.from({ length: 1000 }, (_, i) => ` ${i}`);
    const { stream } = start([sse(...words.map(text), finish())]);
    expect(await stream.text()).toBe(words.join(""));
  });

  test("<think> in the content stays there, also in pieces", async () => {
    const { stream } = start([sse(text("<th"), text("ink>a</think>b"), finish())]);
    expect(await stream.text()).toBe("<think>a</think>b");
  });

  test("an unknown finish reason is told raw, and given once", async () => {
    const { stream } = start([sse(text("a"), finish("insufficient_system_resource"), finish("stop"))]);
    const { chunks } = await collect(stream);
    expect(chunks.filter(({ type }) => type === "finish")).toEqual([
      { type: "finish", finishReason: "other", rawFinishReason: "insufficient_system_resource" },
    ]);
  });

  test("of several choices the chunks are the first's, and the response has all", async () => {
    const of = (index: number, content: string, reason: string | null = null) => ({
      ...text(""),
      choices: [{ index, delta: { content }, finish_reason: reason }],
    });
    const { stream } = start([
      sse(of(1, "B"), of(0, "A"), of(1, "b", "length"), of(0, "a", "stop"), { ...of(0, ""), choices: [] }),
    ]);
    const { chunks } = await collect(stream);
    expect(textOf(chunks)).toBe("Aa");
    const response = await stream.response;
    expect(response.content).toBe("Aa");
    expect(
      response.choices.map(({ index, content, finishReason }) => [index, content, finishReason]),
    ).toEqual([
      [0, "Aa", "stop"],
      [1, "Bb", "length"],
    ]);
  });

  test("a choice that breaks off fails the stream, though another finished", async () => {
    const other = { ...text(""), choices: [{ index: 1, delta: { content: "B" }, finish_reason: null }] };
    const { stream } = start([sse(text("A"), other, finish())]);
    expect(await failure(stream.response)).toMatchObject({ kind: "InvalidResponse", partial: "A" });
  });
});

describe("usage", () => {
  const given = (n: number) => ({ type: "usage", usage: expect.objectContaining({ completionTokens: n }) });
  const onlyUsage = async (...chunks: object[]) =>
    (await collect(start([sse(...chunks)]).stream)).chunks.filter(({ type }) => type === "usage");

  test.each([
    ["under x_groq of the finish", [finish("stop", { x_groq: { id: "r", usage: usage(5) } })], 5],
    ["beside it as well", [finish("stop", { x_groq: { usage: usage(5) }, usage: usage(6) })], 6],
    ["in the trailer", [finish(), { ...finish(), choices: [], usage: usage(7) }], 7],
    [
      "before a trailer of zeros",
      [
        { ...finish(), usage: usage(7) },
        {
          ...finish(),
          choices: [],
          usage: {
            ...{ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
            prompt_tokens_details: { cached_tokens: 0 },
          },
        },
      ],
      7,
    ],
    [
      "in all three, never added up",
      [
        finish("stop", { x_groq: { usage: usage(5) }, usage: usage(5) }),
        { ...finish(), choices: [], usage: usage(8) },
      ],
      8,
    ],
    [
      "in every chunk, as a running sum",
      [chunk({ content: "a" }, null, { usage: usage(1) }), finish("stop", { usage: usage(2) })],
      2,
    ],
    [
      "null in the chunks before",
      [chunk({ content: "a" }, null, { usage: null }), finish("stop", { usage: usage(4) })],
      4,
    ],
  ])("%s", async (_, chunks, tokens) => {
    expect(await onlyUsage(...chunks)).toEqual([given(tokens)]);
  });

  test("none at all", async () => {
    expect(await onlyUsage(text("a"), finish())).toEqual([]);
  });

  test("times come in milliseconds", async () => {
    const timed = {
      ...usage(1),
      prompt_time: 0.25,
      completion_time: 0.5,
      total_time: 0.75,
      queue_time: 0.125,
    };
    const { stream } = start([sse(finish("stop", { usage: timed }))]);
    const timing = { promptMs: 250, completionMs: 500, totalMs: 750, queueMs: 125 };
    expect((await collect(stream)).chunks.at(-1)).toMatchObject({ type: "usage", timing });
    expect((await stream.response).timing).toEqual(timing);
  });
});

describe("tools that the server ran", () => {
  const call = { index: 0, type: "search", arguments: '{"query":"x"}', output: null };
  const done = { ...call, output: "found", search_results: { results: [] } };

  test("come twice at one index, and are given once, with the output", async () => {
    const { stream } = start([
      sse(chunk({ executed_tools: [call] }), chunk({ executed_tools: [done] }), text("a"), finish()),
    ]);
    const { chunks } = await collect(stream);
    const tools = chunks.filter(({ type }) => type === "executedTool");
    const tool = { index: 0, type: "search", arguments: '{"query":"x"}', output: "found", raw: done };
    expect(tools).toEqual([{ type: "executedTool", tool }]);
    expect((await stream.response).executedTools).toEqual([tool]);
  });

  test("one without output is given at the end", async () => {
    const { stream } = start([sse(chunk({ executed_tools: [call] }), text("a"), finish())]);
    const { chunks } = await collect(stream);
    expect(chunks.map(({ type }) => type)).toEqual(["text", "executedTool", "finish"]);
  });
});

describe("reading once", () => {
  const parts = () => [event(text("a")), event(text("b")), event(finish()) + DONE];

  test("response and text() read the stream when nobody iterates", async () => {
    expect(await start(parts()).stream.text()).toBe("ab");
    expect((await start(parts()).stream.response).content).toBe("ab");
    const { stream } = start(parts());
    expect([await stream.text(), await stream.text(), (await stream.response).content]).toEqual([
      "ab",
      "ab",
      "ab",
    ]);
  });

  test("a response that is only held, or awaited beside the loop, leaves the stream to the loop", async () => {
    const { stream } = start(parts());
    const held = stream.response;
    await settle();
    const [response, { chunks }] = await Promise.all([held, collect(stream)]);
    expect([response.content, textOf(chunks)]).toEqual(["ab", "ab"]);
  });

  test("a response that is awaited in the turn in which the loop begins leaves the stream to it, too", async () => {
    const { stream } = start(parts());
    const told = stream.response.then(({ content }) => content);
    expect(textOf((await collect(stream)).chunks)).toBe("ab");
    expect(await told).toBe("ab");
  });

  test("text() after the loop gives the same text", async () => {
    const { stream } = start(parts());
    await collect(stream);
    expect(await stream.text()).toBe("ab");
  });

  test("a second loop, or a loop after text(), is refused", async () => {
    const looped = start(parts()).stream;
    await collect(looped);
    expect((await collect(looped)).error).toMatchObject({
      kind: "InvalidRequest",
      message: expect.stringContaining("can be read once, and was read by a loop"),
    });
    const read = start(parts()).stream;
    const words = read.text();
    expect((await collect(read)).error).toMatchObject({
      message: expect.stringContaining("was read by text() or response"),
    });
    expect(await words).toBe("ab");
  });

  test("the response can be awaited inside the loop, once finish was given", async () => {
    const trailer = event({ ...finish(), choices: [], usage: usage(2) });
    const { stream } = start([event(text("a")), event(finish()), trailer, DONE]);
    const types: string[] = [];
    for await (const one of stream) {
      types.push(one.type);
      if (one.type === "finish") expect((await stream.response).usage?.completionTokens).toBe(2);
    }
    expect(types).toEqual(["text", "finish", "usage"]);
  });

  test("calls of next() that do not wait for each other are answered in order", async () => {
    const { stream } = start([event(text("a")), event(text("b")) + event(text("c")), event(finish()) + DONE]);
    const iterator = stream[Symbol.asyncIterator]();
    const results = await Promise.all(Array.from({ length: 6 }, () => iterator.next()));
    expect(results.map(({ value }) => (value?.type === "text" ? value.text : value?.type))).toEqual([
      "a",
      "b",
      "c",
      "finish",
      undefined,
      undefined,
    ]);
  });
});

test("a call of next() does not overtake one that waits", async () => {
  const results: Promise<unknown>[] = [];
  let iterator: AsyncIterator<unknown> | undefined;
  const { stream } = start([event(text("a")) + event(text("b")), event(finish()) + DONE], {
    // In the middle of the read that the first call waits for, when "a" is there already.
    findProblem: () => {
      if (results.length === 1 && iterator && ++seen === 2) results.push(iterator.next());
      return undefined;
    },
  });
  let seen = 0;
  iterator = stream[Symbol.asyncIterator]();
  results.push(iterator.next());
  const first = await results[0];
  expect([first, await results[1]]).toMatchObject([{ value: { text: "a" } }, { value: { text: "b" } }]);
});

describe("what is read", () => {
  test("the call goes out at once; after the first event the body is read only when asked, and one read at a time", async () => {
    const body = new Body([event(text("a")), event(text("b")), event(text("c")), event(finish()) + DONE]);
    const { stream } = start(body);
    await settle();
    // The first event belongs to the try.
    expect(body.reads).toBe(1);
    const iterator = stream[Symbol.asyncIterator]();
    for (const reads of [1, 2, 3]) {
      await iterator.next();
      await settle();
      expect(body.reads).toBe(reads);
    }
  });

  test("[DONE] ends the stream at once, where the body stays open", async () => {
    const body = new Body([sse(text("a"), finish())], "open");
    const { stream, outcomes } = start(body);
    const { chunks, error } = await collect(stream);
    expect([textOf(chunks), error, outcomes.length]).toEqual(["a", undefined, 1]);
    expect((await stream.response).content).toBe("a");
    await expect.poll(() => body.cancelled).toBe(true);
  });

  test("nothing after [DONE] counts", async () => {
    const { stream } = start([
      sse(text("a"), finish()) + event(text("b")) + event({ error: { message: "x" } }),
    ]);
    expect(await stream.text()).toBe("a");
  });

  test("a body that ends after finish, without [DONE], is whole", async () => {
    const { stream, outcomes } = start([event(text("a")) + event(finish())]);
    expect(await stream.text()).toBe("a");
    expect(outcomes).toHaveLength(1);
  });
});

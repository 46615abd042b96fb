import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import { SimpleChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessageChunk, type BaseMessage, HumanMessage } from "@langchain/core/messages";
import { ChatGenerationChunk } from "@langchain/core/outputs";
import { createGroq, type LlmProvider, type Message } from "groq-provider";

class ProviderChat extends SimpleChatModel {
  readonly provider: LlmProvider;

  constructor(provider: LlmProvider) {
    super({});
    this.provider = provider;
  }

  _llmType() {
    return "groq-provider";
  }

  async _call(messages: BaseMessage[], { signal }: this["ParsedCallOptions"]) {
    return (await this.provider.chat(messages.map(toMessage), { signal })).content;
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    { signal }: this["ParsedCallOptions"],
    run?: CallbackManagerForLLMRun,
  ) {
    for await (const chunk of this.provider.chatStream(messages.map(toMessage), { signal })) {
      if (chunk.type !== "text") continue;
      await run?.handleLLMNewToken(chunk.text);
      yield new ChatGenerationChunk({ text: chunk.text, message: new AIMessageChunk(chunk.text) });
    }
  }
}

function toMessage({ type, text }: BaseMessage): Message {
  if (type !== "human" && type !== "ai" && type !== "system") throw new Error(`No role for ${type}`);
  const role = type === "ai" ? "assistant" : type === "human" ? "user" : "system";
  return { role, content: text };
}

const model = new ProviderChat(createGroq({ model: "openai/gpt-oss-20b" }));
const { text } = await model.invoke([new HumanMessage("What is the Seine?")]);
console.log(text);
for await (const chunk of await model.stream("Count to five.")) process.stdout.write(chunk.text);
console.log();

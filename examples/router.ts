import { GroqProvider } from "groq-provider";
import { createRouter } from "groq-provider/router";
import { startEmbeddedGroq } from "groq-provider/testing";

// Two services: the first is over capacity, the second answers. Both are the Groq embedded in this package.
const first = await startEmbeddedGroq({ fault: { type: "answer", status: 503 } });
const second = await startEmbeddedGroq();

const provider = (name: string, base_url: string) =>
  new GroqProvider({
    name,
    provider: "groq",
    model: "openai/gpt-oss-20b",
    config: { api_key: "any", base_url },
  });

const router = createRouter(
  [
    provider("fast", first.baseUrl),
    { provider: provider("spare", second.baseUrl), options: { model: "openai/gpt-oss-120b" } },
  ],
  {
    onEvent: (event) => {
      if (event.type === "changed")
        console.log(`${event.from} failed (${event.reason}), asking ${event.candidate}`);
    },
  },
);

const { content, model, route } = await router.chat([{ role: "user", content: "What is the Seine?" }]);

console.log(content);
console.log(`${route.answeredBy} answered with ${model}, after ${route.asked.length} were asked`);

import { createGroq } from "groq-provider";
import { createRouter } from "groq-provider/router";
import { startEmbeddedGroq } from "groq-provider/testing";

// Two services to try it with: the first is over capacity, the second answers.
const first = await startEmbeddedGroq({ fault: { type: "answer", status: 503 } });
const second = await startEmbeddedGroq();

const fast = createGroq({ name: "fast", baseUrl: first.baseUrl, model: "openai/gpt-oss-20b" });
const spare = createGroq({ name: "spare", baseUrl: second.baseUrl, model: "openai/gpt-oss-120b" });

const router = createRouter([fast, spare], {
  onEvent: (event) => {
    if (event.type === "changed")
      console.log(`${event.from}: ${event.reason}, so ${event.candidate} is asked`);
  },
});

const { content, route } = await router.chat([{ role: "user", content: "What is the Seine?" }]);

console.log(content);
console.log(`${route.answeredBy} answered, after ${route.asked.length} were asked`);

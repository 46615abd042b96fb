import { createGroq, LlmError } from "groq-provider";

const groq = createGroq({ model: "mixtral-8x7b-32768" });

try {
  await groq.chat([{ role: "user", content: "Hello" }]);
} catch (error) {
  if (!LlmError.is(error)) throw error;
  if (error.kind === "ModelNotFound") {
    console.log(error.message);
    console.log("There are:", (await groq.listModels()).map(({ id }) => id).join(", "));
  } else if (error.retryable) {
    console.log(`${error.kind}, again in ${error.retryAfterMs ?? "some"} ms`);
  } else {
    console.log(`${error.kind}: ${error.message}`);
  }
}

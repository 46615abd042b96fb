import { createProvider } from "groq-provider";
import { withApi } from "groq-provider/api";
import { api } from "./llm/api.js";

const { ACME_BASE_URL: baseUrl = "https://api.acme.example/v1", ACME_API_KEY: apiKey } = process.env;
const provider = createProvider({ provider: "openai-compatible", baseUrl, apiKey, model: "acme-1" });
const acme = withApi(provider, api);

const answer = await acme.chat([{ role: "user", content: "Sing!" }], { extra: { mood: "wild" } });
console.log(answer.content, answer.raw.mood_found);

const file = new File(["RIFF…"], "voice.wav", { type: "audio/wav" });
const { data } = await acme.request("POST /audio/transcriptions", { form: { file, model: "acme-ear" } });
console.log(data.text);

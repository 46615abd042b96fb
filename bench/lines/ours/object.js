import { chatObject, GroqProvider } from "groq-provider";
import * as z from "zod";

const { GROQ_API_KEY: api_key, GROQ_BASE_URL: base_url } = process.env; // bench
const groq = new GroqProvider({
  name: "lines",
  provider: "groq",
  model: "openai/gpt-oss-20b",
  config: { api_key, base_url },
});

const Booking = z.object({ city: z.string(), people: z.int(), outdoors: z.boolean() });
const messages = [{ role: "user", content: "A table in Lisbon for four, outside." }];
const { object } = await chatObject(groq, messages, { schema: Booking, name: "booking" });
console.log(object.people, object.city);

import { chatObject, GroqProvider } from "groq-provider";
import { startEmbeddedGroq } from "groq-provider/testing";
import * as z from "zod";

// With GROQ_API_KEY this talks to Groq, without it to the Groq embedded in this package.
const key = process.env.GROQ_API_KEY;
const baseUrl = key ? undefined : (await startEmbeddedGroq()).baseUrl;

const provider = new GroqProvider({
  name: "assistant",
  provider: "groq",
  model: "openai/gpt-oss-20b",
  config: { api_key: key ?? "any", base_url: baseUrl },
});

const Booking = z.object({
  city: z.string(),
  people: z.int(),
  outdoors: z.boolean(),
});

const { object } = await chatObject(
  provider,
  [{ role: "user", content: "I would like a table in Lisbon for one, outside if there is a place." }],
  { schema: Booking, name: "booking" },
);

// Typed by the schema: { city: string; people: number; outdoors: boolean }
console.log(`${object.people} in ${object.city}, ${object.outdoors ? "outside" : "inside"}`);

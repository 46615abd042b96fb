import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import * as z from "zod";

const { GROQ_API_KEY: apiKey, GROQ_BASE_URL: baseURL } = process.env; // bench
const openai = new OpenAI({ apiKey, baseURL });

const Booking = z.object({ city: z.string(), people: z.int(), outdoors: z.boolean() });
const completion = await openai.chat.completions.parse({
  model: "openai/gpt-oss-20b",
  messages: [{ role: "user", content: "A table in Lisbon for four, outside." }],
  response_format: zodResponseFormat(Booking, "booking"),
});
const booking = completion.choices[0].message.parsed;
console.log(booking.people, booking.city);

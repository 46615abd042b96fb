import { createGroq } from "@ai-sdk/groq";
import { generateText, Output } from "ai";
import * as z from "zod";

const groq = createGroq({ baseURL: process.env.GROQ_BASE_URL }); // bench

const Booking = z.object({ city: z.string(), people: z.int(), outdoors: z.boolean() });
const { output: booking } = await generateText({
  model: groq("openai/gpt-oss-20b"),
  prompt: "A table in Lisbon for four, outside.",
  output: Output.object({ schema: Booking }),
});
console.log(booking.people, booking.city);

import Groq from "groq-sdk";
import * as z from "zod";

const groq = new Groq();

const Booking = z.object({ city: z.string(), people: z.int(), outdoors: z.boolean() });
const completion = await groq.chat.completions.create({
  model: "openai/gpt-oss-20b",
  messages: [{ role: "user", content: "A table in Lisbon for four, outside." }],
  response_format: {
    type: "json_schema",
    json_schema: { name: "booking", strict: true, schema: z.toJSONSchema(Booking) },
  },
});
const booking = Booking.parse(JSON.parse(completion.choices[0].message.content));
console.log(booking.people, booking.city);

import { chatObject, createGroq } from "groq-provider";
import * as z from "zod";

const groq = createGroq({ model: "openai/gpt-oss-20b" });
const Booking = z.object({ city: z.string(), people: z.int(), outdoors: z.boolean() });

const { object } = await chatObject(
  groq,
  [{ role: "user", content: "I would like a table in Lisbon for one, outside if there is a place." }],
  { schema: Booking, name: "booking" },
);

// Typed by the schema: { city: string; people: number; outdoors: boolean }
console.log(`${object.people} in ${object.city}, ${object.outdoors ? "outside" : "inside"}`);

import { chatObject, createGroq } from "groq-provider";
import * as z from "zod";

const groq = createGroq({ model: "openai/gpt-oss-20b" });

const Booking = z.object({ city: z.string(), people: z.int(), outdoors: z.boolean() });
const messages = [{ role: "user", content: "A table in Lisbon for four, outside." }];
const { object } = await chatObject(groq, messages, { schema: Booking, name: "booking" });
console.log(object.people, object.city);

import { QUESTION } from "../lib/wire.js";

export const messages = [
  { role: "system", content: "Answer in one sentence." },
  { role: "user", content: QUESTION },
];

/** `generateText` and `streamText` of `ai`, with @ai-sdk/groq. */
import { createGroq } from "@ai-sdk/groq";
import { generateText, streamText } from "ai";
import { ofAi } from "./ai-sdk.js";

export const create = ofAi(createGroq, { generateText, streamText });

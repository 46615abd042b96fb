import { createGroq } from "@ai-sdk/groq-newest";
import { generateText, streamText } from "ai-newest";
import { ofAi } from "./ai-sdk.js";

export const create = ofAi(createGroq, { generateText, streamText });

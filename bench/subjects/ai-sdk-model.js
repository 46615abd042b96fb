/** The model of @ai-sdk/groq, without `ai` around it. */
import { createGroq } from "@ai-sdk/groq";
import { ofModel } from "./ai-sdk.js";

export const create = ofModel(createGroq);

import { createGroq } from "@ai-sdk/groq-newest";
import { ofModel } from "./ai-sdk.js";

export const create = ofModel(createGroq);

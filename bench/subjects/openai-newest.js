import OpenAI from "openai-newest";
import { ofClient } from "./sdk.js";

export const create = ({ baseUrl, fetch }) =>
  ofClient(new OpenAI({ apiKey: "gsk_bench", baseURL: baseUrl, ...(fetch && { fetch }) }));

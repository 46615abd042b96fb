import Groq from "groq-sdk";
import { ofClient } from "./sdk.js";

export const create = ({ baseUrl, fetch }) =>
  ofClient(
    // It adds the rest of the path itself.
    new Groq({
      apiKey: "gsk_bench",
      baseURL: baseUrl.replace("/openai/v1", ""),
      ...(fetch && { fetch }),
    }),
  );

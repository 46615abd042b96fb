/** Ours on undici's `request`; over the loopback only, as it takes no other fetch. */
import { createUndiciFetch } from "groq-provider/undici";
import * as ours from "./ours.js";

export const create = ({ baseUrl }) => ours.create({ baseUrl, fetch: createUndiciFetch() });

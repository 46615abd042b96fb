/** Raw fetch with a time limit. */
import * as raw from "./raw.js";

export const create = (options) =>
  raw.create(options, () => {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), 60_000);
    return { signal: controller.signal, end: () => clearTimeout(timer) };
  });

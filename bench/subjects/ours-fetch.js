/** Ours on the platform's `fetch`, as it runs in a browser, a worker, Bun or Deno. */
import * as ours from "./ours.js";

export const create = ({ baseUrl }) =>
  ours.create({ baseUrl, fetch: (url, init) => globalThis.fetch(url, init) });

/** Headers by which a server tells the tries of one call from each other, and from other calls. */
import type { Layer } from "../base/layer.ts";
import { randomId } from "../base/random-id.ts";

/** Around the call: one key for all its tries, so that a server that knows such keys does the work once. */
export const idempotencyKey: Layer = (call, next) => {
  // GET requests change nothing, so they may be repeated without a key.
  if (call.request === undefined) return next(call);
  return next({ ...call, headers: Object.assign({ "idempotency-key": randomId() }, call.headers) });
};

/** Around each try: 0 for the first. */
export const retryCount: Layer = (call, next) =>
  next({ ...call, headers: Object.assign({ "x-retry-count": String(call.attempt - 1) }, call.headers) });

/** Failures as servers and gateways tell them. */

import type { Family } from "../assault.ts";
import { bait, mutate, value } from "../hostile.ts";
import { Random } from "../random.ts";
import { FRAMINGS, framed, JSON_TYPE, type Json, Raw, toJson } from "../wire.ts";

const FAILURES = [
  400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 413, 415, 418, 422, 424, 425, 429, 431, 451, 498, 499,
];
const FAULTS = [500, 501, 502, 503, 504, 505, 507, 508, 511, 520, 521, 522, 524, 525, 529, 530, 598, 599];
const ODD = [
  201, 202, 203, 204, 205, 206, 207, 226, 300, 301, 302, 303, 304, 305, 307, 308, 399, 600, 700, 999,
];

const BODIES: readonly ((random: Random) => string)[] = [
  () => "",
  () => "{}",
  () => "null",
  () => "Service Unavailable",
  () => "<html><body>502</body></html>",
  () => '{"error":null}',
  () => '{"error":{}}',
  () => '{"error":{"message":null,"code":429,"type":[]}}',
  (random) => toJson(value(random, 3000)),
  (random) => toJson({ error: value(random, 3000) }),
  (random) =>
    toJson({
      error: {
        message: value(random, 3000),
        code: value(random, 100),
        type: value(random, 100),
        status_code: value(random, 20),
      },
    }),
];

/** Every status, with every kind of body. */
export const statuses: Family = {
  name: "statuses",
  weight: 2,
  make(random) {
    const status = random.pick([...FAILURES, ...FAULTS, ...ODD, random.int(200, 999)]);
    const body = random.pick(BODIES)(random);
    const framing = random.pick(FRAMINGS);
    const noBody = status === 204 || status === 304;
    const type = random.pick([JSON_TYPE, "text/html", ""]);
    return {
      name: `${status}, ${body.slice(0, 60)}`,
      answer: () =>
        framed(
          {
            status,
            reason: "So",
            type,
            ...(status < 400 && status >= 300 && { headers: [["location", "/elsewhere"]] }),
          },
          noBody ? [] : [body],
          framing,
        ),
    };
  },
};

const SHAPES: Record<string, (says: string) => Json> = {
  "error.message": (message) => ({ error: { message, type: "server_error", code: "x" } }),
  "error, a text": (message) => ({ error: message }),
  message: (message) => ({ message }),
  "detail, a text": (detail) => ({ detail }),
  "detail, a list": (msg) => ({ detail: [{ loc: ["body", "messages"], msg, type: "value_error" }] }),
  "errors, a list": (message) => ({ errors: [{ message, code: 1 }] }),
  "errors, texts": (message) => ({ errors: [message] }),
  "a list": (message) => [{ error: { message, code: 400, status: "INVALID_ARGUMENT" } }],
  "error in error": (message) => ({ error: { error: { message } } }),
  "error.message.detail": (detail) => ({ error: { message: { detail } } }),
  "error.message, a list": (message) => ({ error: { message: [message] } }),
  "error.metadata.raw": (raw) => ({
    error: { message: "Provider returned error", code: 502, metadata: { raw, provider_name: "x" } },
  }),
  error_message: (message) => ({ error_message: message, error_code: 5 }),
  "title and detail": (detail) => ({ type: "about:blank", title: "Bad", status: 400, detail }),
  fault: (faultstring) => ({ fault: { faultstring, detail: { errorcode: "policies.ratelimit" } } }),
  "message, an object": (message) => ({ success: false, error: { message, details: null } }),
  "status_code of success": (message) => ({ error: { message, status_code: 200, code: 200 } }),
  "object: error": (message) => ({
    object: "error",
    message,
    type: "BadRequestError",
    param: null,
    code: 400,
  }),
  "a JSON text": (message) => JSON.stringify({ error: { message } }),
  "a text": (message) => new Raw(message),
  "an HTML page": (message) =>
    new Raw(`<html><head><title>Error</title></head><body><h1>${message}</h1></body></html>`),
  "a long error": (message) => ({ error: { message, trace: "at x\n".repeat(20_000) } }),
  "after a hundred other members": (message) => ({
    ...Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`k${index}`, index])),
    error: { message },
  }),
};

/** A failure whose sentence must reach the caller, whatever its shape; or one that is too much for a careless reader. */
export const errors: Family = {
  name: "shapes of errors",
  weight: 4,
  make(random) {
    const seed = random.int(0, 2 ** 31);
    const status = random.pick([...FAILURES, ...FAULTS, 200]);
    const shape = random.pick(Object.keys(SHAPES));
    const framing = random.pick(FRAMINGS);
    const make = SHAPES[shape] as (says: string) => Json;
    const way = random.int(0, 9);
    if (way < 6) {
      const says = `The ${random.pick(["red", "blue", "old"])} gate ${random.int(1000, 9999)} is shut.`;
      return {
        name: `${status}, ${shape}`,
        says,
        answer: () => framed({ status, reason: "No", type: JSON_TYPE }, [toJson(make(says))], framing),
      };
    }
    const length = way < 8 ? random.size(1000, 30_000) : random.size(50_000, 1_000_000);
    return {
      name: `${status}, ${shape}, ${length} characters that repeat`,
      heavy: way >= 8,
      answer() {
        const inner = new Random(seed);
        const body = make(bait(inner, length));
        const changed = way % 2 === 0 ? body : mutate(inner, body, 2, 1000);
        return framed(
          { status, reason: "No", type: inner.pick([JSON_TYPE, "text/html"]) },
          [toJson(changed)],
          framing,
        );
      },
    };
  },
};

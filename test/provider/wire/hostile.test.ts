/**
 * A megabyte of text made to provoke backtracking, given to all that reads foreign text. Each may cost at most `RATIO` linear
 * scans of the same text, made in the same run: a quadratic reader costs a hundred thousand.
 */
import { expect, test } from "vitest";
import { nearest } from "../../../src/provider/base/nearest.ts";
import { createRedact } from "../../../src/provider/base/redact.ts";
import { findError } from "../../../src/provider/wire/error-body.ts";
import { errorFromAnswer, errorFromFault } from "../../../src/provider/wire/errors.ts";
import {
  parseDuration,
  readRateLimits,
  readRequestId,
  readRetryAfter,
} from "../../../src/provider/wire/headers.ts";
import { parseRefusal } from "../../../src/provider/wire/refusal.ts";

const RATIO = 500;
const LENGTH = 1 << 20;

const fragments = [
  ...[
    "<title",
    "<title>a",
    "<",
    " ",
    "\n",
    "1",
    "1.1",
    "1h",
    "on a ",
    "on on on (",
    "on a (b",
    "x (",
    "Limit 1",
  ],
  ...[
    "try again in 1h",
    "try again in 1",
    "Used ~",
    "reduce the length of ",
    "maximum context ",
    "exceeds the ",
  ],
  ...[
    "input token count ",
    "inputs tokens ",
    "insufficient ",
    "used up all your ",
    "{",
    '{"a":',
    "[",
    "model ",
    "gsk_",
  ],
];
const hostile = fragments.map((fragment): [string, string] => [
  JSON.stringify(fragment),
  fragment.repeat(LENGTH / fragment.length).padEnd(LENGTH, "!"),
]);

const headersOf = (value: string) => ({ get: () => value });
const redact = createRedact("gsk_0123456789", { "x-token": "gsk_gsk_gsk_gsk_" });

const readers: Record<string, (text: string) => unknown> = {
  "a body of text": (text) => errorFromAnswer({ status: 500, body: text, headers: new Headers(), redact }),
  "a message": (text) =>
    errorFromAnswer({ status: 429, body: { error: { message: text } }, headers: new Headers(), redact }),
  "every member": (text) =>
    errorFromAnswer({
      status: 400,
      body: {
        error: { message: { text }, code: text, type: text, param: text, metadata: { raw: text } },
        [text]: text,
      },
      headers: new Headers(),
      redact,
    }),
  "a list of details": (text) =>
    errorFromAnswer({
      status: 422,
      body: { detail: [{ loc: [text], msg: text }] },
      headers: new Headers(),
      redact,
    }),
  headers: (text) => errorFromAnswer({ status: 503, body: "", headers: headersOf(text), redact }),
  "a fault": (text) =>
    errorFromFault(Object.assign(new Error(text), { code: text, name: text }), "host", redact),
  findError: (text) => findError({ [text]: text, message: text }),
  parseRefusal,
  parseDuration,
  readRetryAfter: (text) => readRetryAfter(headersOf(text), () => 0),
  readRateLimits: (text) => readRateLimits(headersOf(text)),
  readRequestId: (text) => readRequestId(headersOf(text)),
  nearest: (text) => nearest("model", [text, ...text.slice(0, 10_000)]),
  "nearest, the other way": (text) => nearest(text, ["model"]),
};

function millisecondsOf(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

function scan(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum = (sum + text.charCodeAt(i)) | 0;
  return sum;
}

test.each(Object.entries(readers))("%s", (_, read) => {
  const linear = Math.max(0.5, ...hostile.slice(0, 3).map(([, text]) => millisecondsOf(() => scan(text))));
  for (const [fragment, text] of hostile) {
    expect(millisecondsOf(() => read(text)) / linear, fragment).toBeLessThan(RATIO);
  }
});

test.each([
  ["as it is", (secret: string) => secret],
  ["as a part of a URL", encodeURIComponent],
  ["as a URL", encodeURI],
  ["as base64", btoa],
])("a header's value is not told %s", (_, write: (secret: string) => string) => {
  const secret = "tok/en+of==the application";
  const redact = createRedact("gsk_0123456789", { "x-own": secret });
  const told = redact(`before ${write(secret)} after`);
  expect(told).toMatch(/^before \[x-own\]=* after$/);
});

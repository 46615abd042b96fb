/** Headers: figures, names and encodings. */
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
import type { Family } from "../assault.ts";
import { duration, figure, MEMBERS, moment, text } from "../hostile.ts";
import { Random } from "../random.ts";
import type { Step } from "../wire.ts";
import {
  bytesOf,
  DONE,
  EVENT_TYPE,
  FRAMINGS,
  framed,
  healthy,
  isStream,
  JSON_TYPE,
  type Request,
  TEXT,
  toEvent,
  toJson,
  validBody,
  validChunks,
} from "../wire.ts";
import { isPlainText } from "./expect.ts";

const PERIODS = ["", "-minute", "-day", "-hour", "-second", "-month", "-1m", "-input", "-constructor"];
const LIMIT_HEADERS = ["limit", "remaining", "reset", "used", "policy"].flatMap((part) =>
  ["requests", "tokens", "input-tokens", "project-tokens", "constructor"].flatMap((metric) =>
    PERIODS.map((period) => `x-ratelimit-${part}-${metric}${period}`),
  ),
);
const PLAIN = [
  "x-ratelimit-limit",
  "x-ratelimit-remaining",
  "x-ratelimit-reset",
  "ratelimit",
  "ratelimit-policy",
];
const OTHERS = [
  "x-request-id",
  "x-should-retry",
  "date",
  "age",
  "server",
  "set-cookie",
  "location",
  "x-groq-region",
  "cf-ray",
  "content-disposition",
  "www-authenticate",
  "connection",
  "keep-alive",
  "refresh",
  "content-type",
];

function header(random: Random): [string, string] {
  const clean = (value: string) => value.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 3000);
  switch (random.int(0, 6)) {
    case 0:
      return ["retry-after", clean(moment(random))];
    case 1:
      return ["retry-after-ms", clean(figure(random))];
    case 2:
    case 3: {
      const name = random.pick(random.chance(0.9) ? LIMIT_HEADERS : PLAIN);
      return [name, clean(name.includes("reset") ? moment(random) : figure(random))];
    }
    case 4:
      return [random.pick(OTHERS), clean(text(random, 3000))];
    case 5:
      return [random.pick(MEMBERS).replaceAll(/[^\w-]/g, "x"), clean(text(random, 200))];
    default:
      return ["x-should-retry", random.pick(["true", "false", "TRUE", "maybe", ""])];
  }
}

/** Real looking limits, so that what they teach is looked at as a whole. */
function limitSet(random: Random): [string, string][] {
  const period = random.pick(PERIODS);
  return ["requests", "tokens"]
    .flatMap((metric): [string, string][] => [
      [`x-ratelimit-limit-${metric}${period}`, figure(random)],
      [`x-ratelimit-remaining-${metric}${period}`, figure(random)],
      [`x-ratelimit-reset-${metric}${period}`, moment(random)],
    ])
    .map(([name, value]) => [name, value.replaceAll(/[^\x20-\x7e]/g, "?")]);
}

const STATUSES = [200, 200, 200, 429, 503, 498, 500, 400, 413, 408, 409, 529];

export const headers: Family = {
  name: "figures in headers",
  weight: 3,
  make(random) {
    const seed = random.int(0, 2 ** 31);
    const status = random.pick(STATUSES);
    const inner = new Random(seed);
    const list = inner.chance(0.4)
      ? limitSet(inner)
      : Array.from({ length: inner.int(1, 6) }, () => header(inner));
    const first = list[0] ?? ["", ""];
    const framing = random.pick(FRAMINGS);
    return {
      name: `${status}, ${first[0]}: ${first[1].slice(0, 40)}${list.length > 1 ? `, and ${list.length - 1} more` : ""}`,
      answer: (request) =>
        status === 200
          ? healthy(request, { headers: list }, framing)
          : framed(
              { status, reason: "No", type: JSON_TYPE, headers: list },
              ['{"error":{"message":"Not now.","type":"requests","code":"rate_limit_exceeded"}}'],
              framing,
            ),
    };
  },
};

const METRICS = [
  "(TPM)",
  "(RPM)",
  "(RPD)",
  "(TPD)",
  "(ITPM)",
  "(constructor)",
  "(__proto__)",
  "()",
  "(TPM) (RPM)",
  "",
];

/** Refusals as Groq words them, with figures of all kinds. */
export const limits: Family = {
  name: "refusals",
  weight: 3,
  make(random) {
    const metric = random.pick(METRICS);
    const part = (name: string) => (random.chance(0.85) ? `${name} ${figure(random).slice(0, 60)}, ` : "");
    const message =
      `Rate limit reached for model \`openai/gpt-oss-20b\` in organization \`org_x\` service tier \`on_demand\` on tokens per minute ${metric}: ` +
      `${part("Limit")}${part("Used")}${part("Requested")}Please try again in ${duration(random).slice(0, 60)}. Visit us.`;
    const retryAfter: [string, string][] = random.chance(0.4)
      ? [
          [
            "retry-after",
            moment(random)
              .replaceAll(/[^\x20-\x7e]/g, "?")
              .slice(0, 200),
          ],
        ]
      : [];
    const status = random.pick([429, 429, 429, 413, 498, 503]);
    const body = JSON.stringify({ error: { message, type: "tokens", code: "rate_limit_exceeded" } });
    return {
      name: `${status} ${message.slice(118, 260)}${retryAfter[0] ? `; retry-after: ${retryAfter[0][1]}` : ""}`,
      answer: () => framed({ status, reason: "No", type: JSON_TYPE, headers: retryAfter }, [body], "length"),
    };
  },
};

const whole = (request: Request) =>
  isStream(request)
    ? `${validChunks(request)
        .map((chunk) => toEvent(toJson(chunk)))
        .join("")}${DONE}`
    : toJson(validBody(request));

const ENCODERS: Record<string, (bytes: Uint8Array) => Uint8Array> = {
  gzip: gzipSync,
  "x-gzip": gzipSync,
  deflate: deflateSync,
  br: (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } }),
  identity: (bytes) => bytes,
};
const ODD_ENCODINGS = [
  "constructor",
  "__proto__",
  "toString",
  "zstd",
  "gzip, gzip",
  "gzip,",
  ",",
  "",
  "*",
  "GZIP",
  "compress",
  "aes128gcm",
];

const bombs = new Map<string, Uint8Array>();
/** Blanks, which are JSON as far as they go. Made once: it takes long. */
function bomb(name: string, megabytes: number): Uint8Array {
  const key = `${name} ${megabytes}`;
  const packed = bombs.get(key) ?? (ENCODERS[name] ?? gzipSync)(new Uint8Array(megabytes * 1e6).fill(0x20));
  bombs.set(key, packed);
  return packed;
}

/** Compressed as it should be, wrongly named, cut, or far larger than it looks. */
export const encoding: Family = {
  name: "content encodings",
  weight: 2,
  make(random, operation) {
    const kind = random.pick(["right", "odd name", "wrong name", "cut", "bomb"] as const);
    const name = random.pick(Object.keys(ENCODERS));
    const encode = ENCODERS[name] ?? gzipSync;
    const odd = random.pick(ODD_ENCODINGS);
    const seed = random.int(0, 2 ** 31);
    const megabytes = random.pick([1, 8, 60]);
    const head = (encoding: string, request: Request) => ({
      type: isStream(request) ? EVENT_TYPE : JSON_TYPE,
      headers: [["content-encoding", encoding] as const],
    });
    const answer = (request: Request): Iterable<Step> => {
      const plain = bytesOf(whole(request));
      switch (kind) {
        case "right":
          return framed(head(name, request), [encode(plain)], "length");
        case "odd name":
          return framed(head(odd, request), [plain], "length");
        case "wrong name":
          return framed(head(name === "br" ? "gzip" : "br", request), [encode(plain)], "length");
        case "cut": {
          const packed = encode(plain);
          return framed(
            head(name, request),
            [packed.subarray(0, new Random(seed).int(0, packed.length - 1))],
            "length",
          );
        }
        case "bomb":
          return framed(head(name, request), [bomb(name, megabytes)], "length");
      }
    };
    return {
      name:
        kind === "odd name"
          ? `encoding "${odd}"`
          : `${kind} ${name}${kind === "bomb" ? `, ${megabytes} MB` : ""}`,
      heavy: kind === "bomb",
      ...(kind === "right" && isPlainText(operation) && { text: TEXT }),
      answer,
    };
  },
};

/** Values that programs have stumbled over. */
import type { Random } from "./random.ts";
import { type Json, Raw } from "./wire.ts";

const NAMES = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "then",
  "toJSON",
  "valueOf",
  "length",
];
/** Names of the prototype, and of the protocol. */
export const MEMBERS = [
  ...NAMES,
  "id",
  "content",
  "error",
  "message",
  "status_code",
  "usage",
  "choices",
  "x_groq",
  "0",
  "-1",
];

const SHORT = [
  "",
  " ",
  ...NAMES,
  "\u0000",
  "\ud800",
  "\ufeff",
  "\u202e",
  "\u2028",
  "null",
  "NaN",
  "-1",
  "1e999",
  "[DONE]",
  "data: [DONE]\n\n",
  "stop",
  "\r\n\r\n",
  "<!doctype html>",
  "${process.env.HOME}",
  "%s%d%n",
  "💥".repeat(20),
];

/** Texts that a careless pattern reads in quadratic time, each repeated to a length. */
const BAITS = [
  "Limit ",
  "Limit 1, Used ",
  "Please try again in ",
  "try again in 1",
  "Requested 1",
  "(TPM): ",
  "1",
  "1.",
  "1h",
  "9m",
  " ",
  "\t",
  "\n",
  "\r",
  "<",
  "<!--",
  "<title>",
  "</",
  "(",
  "[",
  "{",
  '{"a":',
  "\\",
  '"',
  '\\"',
  "`",
  "model `",
  "a",
  "a ",
  "a.",
  "a-",
  "https://",
  "a@",
  "=",
  "gsk_",
  "Bearer ",
  "sk-",
  "eyJ",
  "\u0000",
  "é",
  "\ud83d",
];

export function bait(random: Random, length: number): string {
  const unit = random.chance(0.8) ? random.pick(BAITS) : random.pick(BAITS) + random.pick(BAITS);
  const ending = random.pick(["", "", "!", "x", ". Please try again in 1s.", "</title>", '"}', " limit"]);
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length) + ending;
}

export function text(random: Random, longest: number): string {
  return random.chance(0.6) ? random.pick(SHORT) : bait(random, random.size(10, longest));
}

const FIGURES = [
  "0",
  "-0",
  "-1",
  "1",
  "0.5",
  "1e3",
  "1e9",
  "1e308",
  "1e999",
  "-1e999",
  "99999999999",
  "9007199254740993",
  "99999999999999999999999999",
  "NaN",
  "Infinity",
  "-Infinity",
  "",
  " ",
  "1,000",
  "1_000",
  "0x10",
  "0b1",
  "١٢",
  "1 1",
  "1;1",
  "null",
  "true",
  "soon",
  "+5",
  ".5",
  "5.",
  "1e",
];
/** What may stand where a number is expected in a header or a sentence. */
export const figure = (random: Random) =>
  random.chance(0.9) ? random.pick(FIGURES) : "9".repeat(random.size(10, 2000));

const DURATIONS = [
  "0s",
  "0ms",
  "-5s",
  "1ms",
  "500ms",
  "2s",
  "1h2m3.5s",
  "999999h",
  "99999999999999999999h",
  "1d",
  "1w",
  "P1D",
  "0.0000001ms",
  "1e9s",
  "NaNs",
  "Infinitys",
  "1m1m1m1m1m",
  "5",
  "5 seconds",
  "1.2.3s",
  "s",
  "ms",
  "59.9999999999s",
  "1µs",
];
const DATES = [
  "Thu, 01 Jan 1970 00:00:00 GMT",
  "Fri, 31 Dec 9999 23:59:59 GMT",
  "Sun, 06 Nov 1994 08:49:37 GMT",
  "2099-01-01T00:00:00Z",
  "0000-00-00",
  "+275760-09-13T00:00:00.001Z",
  "Tue, 99 Foo 2026 99:99:99 GMT",
];
export const duration = (random: Random) =>
  random.chance(0.7) ? random.pick(DURATIONS) : `${figure(random)}s`;
export const moment = (random: Random) =>
  random.chance(0.2) ? random.pick(DATES) : random.chance(0.5) ? duration(random) : figure(random);

const NUMBERS = [0, -1, 1, 0.5, 1e308, -1e308, 2 ** 31, 2 ** 32, 2 ** 53, 1e-320, 1.5, 4_294_967_295];
const RAW_NUMBERS = [
  "1e999",
  "-1e999",
  "-0",
  "9007199254740993",
  "1E400",
  "0.1e-400",
  "123456789012345678901234567890",
];

/** Any JSON, of up to so many characters. */
export function value(random: Random, longest: number): Json {
  switch (random.int(0, 11)) {
    case 0:
      return null;
    case 1:
      return random.chance(0.5);
    case 2:
      return random.pick(NUMBERS);
    case 3:
      return new Raw(random.pick(RAW_NUMBERS));
    case 4:
    case 5:
      return text(random, longest);
    case 6:
      return random.pick<Json>([[], {}, [null], [[]], [{}], { a: null }]);
    case 7:
      return Object.fromEntries([[random.pick(MEMBERS), value(random, Math.ceil(longest / 2))]]);
    case 8:
      return [value(random, Math.ceil(longest / 2)), value(random, Math.ceil(longest / 2))];
    case 9:
      return new Raw(deep(random, random.size(10, longest)));
    case 10:
      return new Raw(wide(random, random.size(10, longest)));
    default:
      return new Raw(`{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}`);
  }
}

/** Nested, of about so many characters. */
export function deep(random: Random, length: number): string {
  const [open, close] = random.pick([
    ["[", "]"],
    ['{"a":', "}"],
    ['[{"b":', "}]"],
    ['{"error":', "}"],
    ['{"message":', "}"],
    ['{"detail":[', "]}"],
  ] as const);
  const depth = Math.max(1, Math.floor(length / (open.length + close.length)));
  return `${open.repeat(depth)}1${close.repeat(random.chance(0.8) ? depth : depth - 1)}`;
}

/** Flat, with many entries, of about so many characters. */
export function wide(random: Random, length: number): string {
  const kind = random.int(0, 4);
  const entry = ["0", "{}", "[]", '""', "null"][kind] ?? "0";
  if (random.chance(0.6))
    return `[${Array.from({ length: Math.ceil(length / (entry.length + 1)) }, () => entry).join(",")}]`;
  return `{${Array.from({ length: Math.ceil(length / (entry.length + 10)) }, (_, index) => `"k${index}":${entry}`).join(",")}}`;
}

type Path = readonly (string | number)[];

function* placesOf(json: Json, path: Path = []): Generator<Path> {
  yield path;
  if (typeof json !== "object" || json === null || json instanceof Raw) return;
  for (const [key, inner] of Object.entries(json)) yield* placesOf(inner, [...path, key]);
}

function replaceAt(
  json: Json,
  [key, ...rest]: Path,
  by: (old: Json | undefined) => Json | undefined,
): Json | undefined {
  if (key === undefined) return by(json);
  if (Array.isArray(json)) {
    const copy = [...json];
    const changed = replaceAt(copy[Number(key)] ?? null, rest, by);
    if (changed === undefined) copy.splice(Number(key), 1);
    else copy[Number(key)] = changed;
    return copy;
  }
  const entries = Object.entries(Object(json) as { [key: string]: Json }).flatMap(([name, inner]) => {
    if (name !== String(key)) return [[name, inner] as const];
    const changed = replaceAt(inner, rest, by);
    return changed === undefined ? [] : [[name, changed] as const];
  });
  return Object.fromEntries(entries);
}

/** The JSON with so many of its places removed, replaced, repeated or put elsewhere. */
export function mutate(random: Random, json: Json, times: number, longest: number): Json {
  let result = json;
  for (let time = 0; time < times; time++) {
    const place = random.pick([...placesOf(result)]);
    const way = random.int(0, 5);
    result =
      replaceAt(result, place, (old) => {
        if (way === 0 && place.length > 0) return undefined;
        if (way === 1 && Array.isArray(old)) return [...old, ...old, value(random, longest)];
        if (
          way === 2 &&
          typeof old === "object" &&
          old !== null &&
          !Array.isArray(old) &&
          !(old instanceof Raw)
        )
          return { ...old, [random.pick(MEMBERS)]: value(random, longest) };
        if (way === 3 && typeof old === "string") return text(random, longest);
        return value(random, longest);
      }) ?? null;
  }
  return result;
}

/** What the body of an error says of itself, in the shapes that servers, frameworks and gateways have for it. */
import type { Redact } from "../base/redact.ts";
import { isObject } from "../base/values.ts";
import { cutText } from "./bounded.ts";
import { boundedWait, parseDuration, readRetryAfter } from "./headers.ts";
import { isPage, readPage } from "./html-page.ts";

/** What an error body says of itself. Texts are shortened and hold no secrets. */
export interface ErrorFacts {
  /** An HTTP status of failure that the body names. */
  status?: number | undefined;
  message?: string | undefined;
  code?: string | undefined;
  type?: string | undefined;
  param?: string | undefined;
  failedGeneration?: string | undefined;
  /** Milliseconds until the next try, where the body and not a header names them (Google's `RetryInfo`). */
  retryAfterMs?: number | undefined;
}

const LONGEST_SENTENCE = 2000;
const LONGEST_WORD = 200;
/** Of JSON inside a text. */
const LONGEST_INNER = 20_000;
const LONGEST_OF_PAGE = 300;

/** Reads `{error: {…}}`, `[{error: …}]`, `{detail: …}`, `{message}`, `{error: "text"}`, plain text and HTML pages. */
export function readErrorBody(body: unknown, redact: Redact): ErrorFacts {
  if (typeof body === "string") return { message: readText(body, redact) };
  const outer = Array.isArray(body) ? (body.find(isError) ?? body[0]) : body;
  if (!isObject(outer)) return { message: sentence(body, redact) };
  const error = isObject(outer.error) ? outer.error : outer;
  const first = (read: (value: unknown) => string | undefined, ...values: unknown[]) => {
    for (const value of values) {
      const text = read(value);
      if (text !== undefined) return text;
    }
    return undefined;
  };
  const word = (value: unknown) => readWord(value, redact);
  return {
    status: statusOf(...STATUS_MEMBERS.flatMap((member) => [error[member], outer[member]])),
    message: sentence(body, redact),
    code: first(word, error.code, outer.code, error.error_code, outer.error_code),
    type: first(word, error.type, typeof error.status === "string" ? error.status : undefined, outer.type),
    param: first(word, error.param, placeOf(error.detail)),
    failedGeneration:
      typeof error.failed_generation === "string" ? redact(error.failed_generation) : undefined,
    retryAfterMs: retryDelayOf(error.details) ?? upstreamWait(error.metadata),
  };
}

const STATUS_MEMBERS = ["status_code", "statusCode", "code", "status", "error_code", "error"];

/**
 * The body of the error that an answer of success, or an event's data, is. It has `error` itself, under `x_groq` or in a
 * choice, calls itself an error, or has nothing of an answer but a message.
 */
export function findError(data: unknown): unknown {
  if (Array.isArray(data)) return data.some(isError) ? data : undefined;
  if (!isObject(data)) return undefined;
  if (isError(data) || data.object === "error" || data.type === "error") return data;
  if (isObject(data.x_groq) && data.x_groq.error) return { error: data.x_groq.error };
  const { data: inner } = data;
  if (isObject(inner) && isError(inner) && !isNamed(inner)) return inner;
  const failedChoice = Array.isArray(data.choices) ? findInChoices(data.choices) : undefined;
  if (failedChoice !== undefined) return failedChoice;
  if (data.status === "error" && said(data.result) && data.choices == null)
    return { ...data, error: data.result };
  if (ANSWER_MEMBERS.some((member) => data[member] != null)) return undefined;
  // MiniMax has its verdict in this one, of success as well.
  const { base_resp: verdict } = data;
  if (isObject(verdict) && verdict.status_code)
    return { error: { code: verdict.status_code, message: verdict.status_msg } };
  // An answer's id, and what describes a model, are in answers too: there only a message beside a code is an error.
  if (isNamed(data))
    return said(data.message ?? data.msg) && CODES.some((code) => data[code] != null) ? data : undefined;
  return MESSAGE_MEMBERS.some((member) => said(data[member])) ? data : undefined;
}

/** An error of a choice, also one that is told by its reason alone. */
function findInChoices(choices: readonly unknown[]): unknown {
  for (const choice of choices) {
    if (!isObject(choice)) continue;
    if (isError(choice)) return { error: choice.error };
    const { finish_reason: reason } = choice;
    if (typeof reason === "string" && FAILED.test(reason))
      return { error: { message: `the answer ended with finish_reason "${reason.slice(0, 100)}"` } };
  }
  return undefined;
}

/** OpenRouter's `error`, Z.AI's `network_error`. */
const FAILED = /(?:^|_)error$/i;
const ANSWER_MEMBERS = ["choices", "usage", "data", "models", "embedding", "embeddings", "result"];
const NAMES = ["id", "model", "name"];
const isNamed = (value: Record<string, unknown>) => NAMES.some((name) => value[name] != null);
const CODES = ["code", "status", "status_code", "statusCode", "error_code"];
const isError = (value: unknown) =>
  isObject(value) && (said(value.error) || (typeof value.error === "number" && value.error >= 400));
const said = (value: unknown) =>
  typeof value === "string" ? value !== "" : typeof value === "object" && value !== null;

/**
 * What an answer of success says in place of what was asked for: a text alone, or a message of any of the shapes above.
 * `undefined` where it says nothing.
 */
export function readWords(body: unknown, redact: Redact): string | undefined {
  const text = gather(body, 0);
  return text === "" ? undefined : cutText(redact(text), LONGEST_SENTENCE);
}

function readText(text: string, redact: Redact): string {
  if (text.trim() === "") return "empty body";
  if (!isPage(text)) return cutText(redact(text).trim(), LONGEST_SENTENCE);
  const page = readPage(text);
  // Secrets go first: half a secret would not be found.
  const title = cutText(redact(page.title), LONGEST_WORD);
  const shown = redact(page.text);
  const named = `${page.isXml ? "XML" : "an HTML page"}${title && ` titled "${title}"`} instead of JSON`;
  return shown === "" || shown === title ? named : `${named}: ${cutText(shown, LONGEST_OF_PAGE)}`;
}

/** Where servers put their sentence, the likeliest first. */
const MESSAGE_MEMBERS = [
  ...["message", "msg", "error", "errors", "detail", "details", "error_message", "error_description"],
  ...["title", "description", "reason", "fault", "faultstring", "Message"],
  ...["errorMessage", "error_msg", "hint", "info"],
];

/** The server's sentence; where none is found, the body as it came. */
function sentence(body: unknown, redact: Redact): string | undefined {
  const found = gather(body, 0);
  const text = found === "" ? asJson(body) : found;
  return text === undefined ? undefined : cutText(redact(text), LONGEST_SENTENCE);
}

function gather(value: unknown, depth: number): string {
  if (typeof value === "string") return depth === 0 ? value.trim() : gatherText(value, depth);
  if (depth > 6) return "";
  if (Array.isArray(value)) {
    const all = value.slice(0, MOST_SENTENCES).map((item) => gather(item, depth + 1));
    const rest = value.length - MOST_SENTENCES;
    if (rest > 0) all.push(`… and ${rest} more`);
    return joined(all);
  }
  if (!isObject(value)) return "";
  const texts = MESSAGE_MEMBERS.map((member) => gather(value[member], depth + 1));
  // One word beside a sentence is the name of an error, which has a place of its own.
  const text = joined(texts.filter((one, index) => SPACE.test(one) || texts.findIndex(Boolean) === index));
  if (text === "") return "";
  const place = placeOf([value]);
  const more = upstream(value, depth);
  return `${place ? `${place}: ` : ""}${text}${more && !text.includes(more) ? ` (${more})` : ""}`;
}

const MOST_SENTENCES = 5;
const SPACE = /\s/;

/** Each once: servers say the same in several members. */
function joined(texts: readonly string[]): string {
  const kept: string[] = [];
  for (const text of texts) {
    if (text !== "" && !kept.some((one) => one.includes(text))) kept.push(text);
  }
  return kept.join("; ");
}

/** A gateway puts the error of the server behind it, as JSON, into its own message. */
function gatherText(text: string, depth: number): string {
  const trimmed = text.trim();
  const isJson = trimmed.startsWith("{") || trimmed.startsWith("[");
  if (!isJson || trimmed.length > LONGEST_INNER) return trimmed;
  try {
    return gather(JSON.parse(trimmed), depth + 1) || trimmed;
  } catch {
    return trimmed;
  }
}

/** OpenRouter's own message is "Provider returned error"; what the provider said stands beside it. */
function upstream({ metadata }: Record<string, unknown>, depth: number): string {
  return isObject(metadata) ? gather(metadata.raw, depth + 1) : "";
}

/** FastAPI names the place of each fault as a list: `["body", "messages", 0, "role"]`. */
function placeOf(detail: unknown): string | undefined {
  const first: unknown = Array.isArray(detail) ? detail[0] : undefined;
  if (!isObject(first) || !Array.isArray(first.loc)) return undefined;
  const steps = first.loc.slice(0, 20).filter((step) => typeof step === "string" || typeof step === "number");
  return (steps[0] === "body" ? steps.slice(1) : steps).join(".") || undefined;
}

/** OpenRouter passes on what the provider's headers said of its limit: a point in time, in seconds or milliseconds. */
function upstreamWait(metadata: unknown): number | undefined {
  const headers = isObject(metadata) && isObject(metadata.headers) ? Object.entries(metadata.headers) : [];
  const found = new Map(headers.slice(0, 50).map(([name, value]) => [name.toLowerCase(), String(value)]));
  const get = (name: string) => found.get(name) ?? null;
  const asked = readRetryAfter({ get }, Date.now);
  const reset = Number(get("x-ratelimit-reset") ?? Number.NaN);
  if (asked !== undefined || !Number.isFinite(reset) || reset <= 0) return asked;
  const ms = reset > 1e11 ? reset - Date.now() : reset > 1e9 ? reset * 1000 - Date.now() : reset * 1000;
  return boundedWait(Math.max(0, ms));
}

function asJson(body: unknown): string | undefined {
  if (body === undefined || body === null) return undefined;
  try {
    return JSON.stringify(body);
  } catch {
    // Too deep for it.
    return undefined;
  }
}

function readWord(value: unknown, redact: Redact): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? cutText(redact(value), LONGEST_WORD) : undefined;
}

/** Services write a status as a number or its text, under `code` as well as under a name of its own. */
function statusOf(...values: unknown[]): number | undefined {
  for (const value of values) {
    const number = typeof value === "string" && /^\d{3}$/.test(value) ? Number(value) : value;
    if (typeof number === "number" && Number.isInteger(number) && number >= 400 && number < 600)
      return number;
  }
  return undefined;
}

function retryDelayOf(details: unknown): number | undefined {
  const info = Array.isArray(details)
    ? details.slice(0, 20).find((one) => isObject(one) && one.retryDelay)
    : undefined;
  return isObject(info) && typeof info.retryDelay === "string"
    ? boundedWait(parseDuration(info.retryDelay))
    : undefined;
}

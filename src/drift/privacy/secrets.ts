/**
 * What never goes into a recording: keys, cookies, whose account it was, and what the application's own headers say.
 *
 * Every pattern here sees text of any length from outside, so none of them may take longer than the text is long.
 */
import { unescapeUri } from "../../openapi/json.ts";
import { secretForms, secretParts } from "../../provider/base/redact.ts";

/** A text with its secrets removed. */
export type Scrub = (text: string) => string;

const REMOVED = "[removed]";

const PATTERNS: [RegExp, string][] = [
  // Keys as the vendors write them: gsk_…, sk-…, xai-…, hf_….
  [/\b(gsk_|sk-|pk-|rk-|xai-|hf_|csk-|nvapi-)[\w-]{12,}/g, `$1${REMOVED}`],
  [/\b(Bearer|Basic)\s{1,16}[\w.~+/=-]{8,}/gi, `$1 ${REMOVED}`],
  // Messages of refusals name the account: "in organization `org_…`".
  [/\b(org|proj|user|acct|team)([-_])(?=[a-zA-Z]*\d)[a-zA-Z0-9]{6,}\b/g, `$1$2${REMOVED}`],
];

/** Removes what looks like a secret, and the given ones wherever they stand, also as JSON and URLs write them. */
export function createScrub(secrets: readonly string[]): Scrub {
  // A secret that holds another goes first: its rest would stay behind otherwise.
  const known = [...new Set(secrets.flatMap(secretForms))].sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const secret of known) clean = clean.replaceAll(secret, REMOVED);
    for (const [pattern, replacement] of PATTERNS) clean = clean.replace(pattern, replacement);
    return clean.includes("eyJ") ? clean.replace(/[\w.-]{20,}/g, withoutTokens) : clean;
  };
}

// The shortest part of a JSON web token that is taken for one.
const SHORTEST_PART = 8;

/** A run of word characters and dots without the JSON web tokens in it: three parts, of which the first begins `eyJ`. */
function withoutTokens(run: string): string {
  const parts = run.split(".");
  const kept: string[] = [];
  for (let index = 0; index < parts.length; index++) {
    const head = parts[index] ?? "";
    const isToken = index + 2 < parts.length && (parts[index + 1] ?? "").length >= SHORTEST_PART;
    const start = isToken ? startOfToken(head) : -1;
    kept.push(start < 0 ? head : head.slice(0, start) + REMOVED);
    if (start >= 0) index += 2;
  }
  return kept.join(".");
}

function startOfToken(part: string): number {
  for (let at = part.indexOf("eyJ"); at >= 0; at = part.indexOf("eyJ", at + 1)) {
    if (part.length - at < SHORTEST_PART + 3) return -1;
    if (at === 0 || part[at - 1] === "-") return at;
  }
  return -1;
}

const SECRET_HEADER =
  /cookie|authori[sz]|authentic|api-?key|secret|organi[sz]ation|project|session|^x-amz-|client-ip|forwarded/i;

/** Headers of a request that every client sends alike. */
const COMMON_HEADER =
  /^(accept(-.*)?|content-(type|length|encoding)|user-agent|host|connection|cache-control|pragma|transfer-encoding|te|expect)$/i;

/** The values of a request's headers that are secrets: all that the application says in headers of its own. */
export function secretsOfHeaders(headers: Headers): string[] {
  const secrets: string[] = [];
  headers.forEach((value, name) => {
    if (!COMMON_HEADER.test(name)) secrets.push(value, ...secretParts(value));
  });
  return secrets;
}

/** What the protocol, HTTP and the vendor's own machines say in headers: never a text of the application. */
const PROTOCOL_HEADER =
  /^(content-(type|length|encoding)|date|server|via|vary|age|cache-control|connection|transfer-encoding|alt-svc|strict-transport-security|retry-after(-ms)?|x-ratelimit-.*|x-request-id|x-groq-region|x-should-retry|cf-(ray|cache-status)|openai-(processing-ms|version))$/i;

/** An answer's headers, names in lower case, without those that tell a secret; of unknown ones the values only with `texts`. */
export function headersWithoutSecrets(
  headers: Headers,
  scrub: Scrub,
  texts: boolean,
): Record<string, string> {
  const kept: [string, string][] = [];
  headers.forEach((value, name) => {
    if (SECRET_HEADER.test(name)) return;
    const shown = texts || PROTOCOL_HEADER.test(name) ? scrub(value) : `[text ${value.length}]`;
    kept.push([scrub(name.toLowerCase()), shown]);
  });
  // Not by assignment, which would take a header named __proto__ for the prototype.
  return Object.fromEntries(kept);
}

const SECRET_PARAMETER = /key|token|secret|sig|auth|password|credential|code/i;

/** What is secret in a URL: its password, and values of its query. */
export function secretsOfUrl(url: string): string[] {
  const parsed = parseUrl(url);
  if (!parsed) return [];
  const secrets = [...parsed.searchParams].filter(([name]) => SECRET_PARAMETER.test(name));
  return [...secrets.map(([, value]) => value), parsed.password, unescapeUri(parsed.password)];
}

/** The URL without user, password, secret parameters and fragment. */
export function urlWithoutSecrets(url: string, scrub: Scrub): string {
  const parsed = parseUrl(url);
  if (!parsed) return scrub(url.split(/[?#]/, 1)[0] ?? "");
  parsed.username = "";
  parsed.password = "";
  parsed.hash = "";
  const parameters = [...parsed.searchParams];
  if (parameters.some(([name]) => SECRET_PARAMETER.test(name))) {
    // Written anew as a whole: setting them one by one takes as long as there are many, each time.
    const kept = parameters.map(([name, value]) => [name, SECRET_PARAMETER.test(name) ? "removed" : value]);
    parsed.search = String(new URLSearchParams(kept));
  }
  return scrub(parsed.href);
}

function parseUrl(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}

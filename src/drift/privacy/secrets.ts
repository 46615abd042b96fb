/** What never goes into a recording: keys, cookies, and whose account it was. */

/** A text with its secrets removed. */
export type Scrub = (text: string) => string;

const REMOVED = "[removed]";

const PATTERNS: [RegExp, string][] = [
  // Keys as the vendors write them: gsk_…, sk-…, xai-…, hf_….
  [/\b(gsk_|sk-|pk-|rk-|xai-|hf_|csk-|nvapi-)[\w-]{12,}/g, `$1${REMOVED}`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${REMOVED}`],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, REMOVED],
  // Messages of refusals name the account: "in organization `org_…`".
  [/\b(org|proj|user|acct|team)([-_])(?=\w*\d)[a-zA-Z0-9]{6,}\b/g, `$1$2${REMOVED}`],
];

/** Removes what looks like a secret, and the given ones wherever they stand. */
export function createScrub(secrets: readonly string[]): Scrub {
  // Shorter ones would be found in ordinary words.
  const known = [...new Set(secrets)].filter((secret) => secret.length >= 8);
  return (text) => {
    let clean = text;
    for (const secret of known) clean = clean.replaceAll(secret, REMOVED);
    for (const [pattern, replacement] of PATTERNS) clean = clean.replace(pattern, replacement);
    return clean;
  };
}

const SECRET_HEADER =
  /cookie|authori[sz]|authentic|api-?key|secret|organi[sz]ation|project|session|^x-amz-|client-ip|forwarded/i;

/** The values of a request's headers that are secrets, without the scheme's name before them. */
export function secretsOfHeaders(headers: Headers): string[] {
  const secrets: string[] = [];
  headers.forEach((value, name) => {
    if (SECRET_HEADER.test(name)) secrets.push(value, value.replace(/^\w+\s+/, ""));
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
  const kept: Record<string, string> = {};
  headers.forEach((value, name) => {
    if (SECRET_HEADER.test(name)) return;
    kept[name.toLowerCase()] = texts || PROTOCOL_HEADER.test(name) ? scrub(value) : `[text ${value.length}]`;
  });
  return kept;
}

const SECRET_PARAMETER = /key|token|secret|sig|auth|password|credential|code/i;

/** The values of a URL's query that are secrets. */
export function secretsOfUrl(url: string): string[] {
  const parsed = parseUrl(url);
  if (!parsed) return [];
  const secrets = [...parsed.searchParams].filter(([name]) => SECRET_PARAMETER.test(name));
  return [...secrets.map(([, value]) => value), decodeURIComponent(parsed.password)];
}

/** The URL without user, password, secret parameters and fragment. */
export function urlWithoutSecrets(url: string, scrub: Scrub): string {
  const parsed = parseUrl(url);
  if (!parsed) return scrub(url.split(/[?#]/)[0] ?? "");
  parsed.username = "";
  parsed.password = "";
  parsed.hash = "";
  for (const name of new Set(parsed.searchParams.keys())) {
    if (SECRET_PARAMETER.test(name)) parsed.searchParams.set(name, "removed");
  }
  return scrub(parsed.href);
}

function parseUrl(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}

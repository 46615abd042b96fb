/** Removes secrets from text that came from outside: the key, and the values of the application's own headers. */

export type Redact = (text: string) => string;

/** A shorter secret, as the keys that local servers take, would blot out ordinary words. */
const SHORTEST = 6;
/** Of a part without a digit. */
const SHORTEST_WORD = 8;
/** Their values are words of the protocol. */
const OPEN_HEADERS = new Set(["accept", "content-type"]);

/** Replaces the key by `[key]` and a header's value by its name in brackets; in the forms in which a server repeats them. */
export function createRedact(
  apiKey: string,
  headers: Readonly<Record<string, string>> | undefined = {},
): Redact {
  const marks = new Map<string, string>();
  for (const form of secretForms(apiKey)) marks.set(form, "[key]");
  for (const [name, value] of Object.entries(headers)) {
    if (OPEN_HEADERS.has(name.toLowerCase()) || typeof value !== "string") continue;
    for (const secret of [value, ...secretParts(value)])
      for (const form of secretForms(secret)) if (!marks.has(form)) marks.set(form, `[${name}]`);
  }
  // A secret that holds another goes first: its rest would stay behind otherwise.
  const longestFirst = [...marks].sort(([a], [b]) => b.length - a.length);
  return (text) => longestFirst.reduce((rest, [form, mark]) => rest.replaceAll(form, () => mark), text);
}

/** The forms in which a secret may come back: as it is; without its scheme, as in `Bearer …`; and each as JSON, URLs and base64 write it. */
export function secretForms(secret: string): string[] {
  const trimmed = secret.trim();
  const forms = [secret, trimmed, trimmed.slice(trimmed.lastIndexOf(" ") + 1)].flatMap((form) => [
    form,
    JSON.stringify(form).slice(1, -1),
    // Surrogates can't be encoded, and no header can hold them.
    encodeURIComponent(form.replace(/[\ud800-\udfff]/g, "")),
    encodeURI(form.replace(/[\ud800-\udfff]/g, "")),
    // Padding depends on what follows.
    /^[\0-\xff]+$/.test(form) ? btoa(form).replace(/=+$/, "") : "",
  ]);
  return [...new Set(forms)].filter((form) => form.length >= SHORTEST);
}

const BETWEEN_PIECES = /[;,\s"'(){}]+/;
/** Words as every client sends them: `application/json`, `no-cache`, `Mozilla`. */
const ORDINARY = /^[A-Za-z]?[a-z]*([-_/.][a-z]+)*$/;

/**
 * The parts of a header's value that are secrets by themselves, as `tok=…; other=…` and `Basic …` hold: a part with a digit
 * from 6 characters on, any other from 8, unless it is an ordinary word that no `=` or `:` names a value.
 */
export function secretParts(value: string): string[] {
  const pieces = value.split(BETWEEN_PIECES);
  const basic = /^\s*Basic\s+([\w+/=-]+)/i.exec(value)?.[1];
  if (basic !== undefined) pieces.push(decoded(basic));
  const parts = pieces.flatMap((piece) => {
    const named = /^[^=:]*[=:](.*)$/s.exec(piece)?.[1] ?? "";
    const words = piece.split(/[=:]/).filter((word) => !ORDINARY.test(word));
    return [...words, ...(/[=:]/.test(piece) ? [piece] : []), named];
  });
  return [...new Set(parts)].filter((part) => part.length >= (/\d/.test(part) ? SHORTEST : SHORTEST_WORD));
}

function decoded(base64: string): string {
  try {
    return new TextDecoder().decode(
      Uint8Array.from(atob(base64.replaceAll("-", "+").replaceAll("_", "/")), (byte) => byte.charCodeAt(0)),
    );
  } catch {
    return "";
  }
}

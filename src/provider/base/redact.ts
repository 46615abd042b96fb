/** Removes secrets from text that came from outside: the key, and the values of the application's own headers. */

export type Redact = (text: string) => string;

/** A shorter secret, as the keys that local servers take, would blot out ordinary words. */
const SHORTEST = 6;
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
    for (const form of secretForms(value)) if (!marks.has(form)) marks.set(form, `[${name}]`);
  }
  // A secret that holds another goes first: its rest would stay behind otherwise.
  const longestFirst = [...marks].sort(([a], [b]) => b.length - a.length);
  return (text) => longestFirst.reduce((rest, [form, mark]) => rest.replaceAll(form, () => mark), text);
}

/** The forms in which a secret may come back: as it is; without its scheme, as in `Bearer …`; and each as JSON and URLs write it. */
export function secretForms(secret: string): string[] {
  const trimmed = secret.trim();
  const forms = [secret, trimmed, trimmed.slice(trimmed.lastIndexOf(" ") + 1)].flatMap((form) => [
    form,
    JSON.stringify(form).slice(1, -1),
    // Surrogates can't be encoded, and no header can hold them.
    encodeURIComponent(form.replace(/[\ud800-\udfff]/g, "")),
  ]);
  return [...new Set(forms)].filter((form) => form.length >= SHORTEST);
}

/** What the functions of checks.ts share, as text. */
const checksRuntime = `/** Where an answer lacks what the adapter needs. It tells types, never values: an answer may repeat a prompt. */
export interface Problem {
  /** Such as \`string\`. */
  expected: string;
  /** The type that came, or \`nothing\`. */
  got: string;
  /** Such as \`.choices[0].message\`; empty for the answer itself. */
  place: string;
}

function each(value: unknown, check: (item: unknown) => Problem | undefined): Problem | undefined {
  if (!Array.isArray(value)) return wrong("array", value);
  for (let i = 0; i < value.length; i++) {
    const problem = check(value[i]);
    if (problem) return under(\`[\${i}]\`, problem);
  }
  return undefined;
}

function eachValue(value: unknown, check: (member: unknown) => Problem | undefined): Problem | undefined {
  if (!isObject(value)) return wrong("object", value);
  for (const member of Object.values(value)) {
    const problem = check(member);
    if (problem) return under(".*", problem);
  }
  return undefined;
}

function needItem(value: unknown, place: string): Problem | undefined {
  return Array.isArray(value) && value.length === 0 ? { expected: "an item", got: "none", place } : undefined;
}

function notStringOrNone(value: unknown): boolean {
  return value != null && typeof value !== "string";
}

function notString(value: unknown): boolean {
  return typeof value !== "string";
}

function notNumberOrNone(value: unknown): boolean {
  return value != null && !Number.isFinite(value);
}

function notNumber(value: unknown): boolean {
  return !Number.isFinite(value);
}

function notBooleanOrNone(value: unknown): boolean {
  return value != null && typeof value !== "boolean";
}

function notBoolean(value: unknown): boolean {
  return typeof value !== "boolean";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function under(place: string, problem: Problem | undefined): Problem | undefined {
  return problem && { ...problem, place: place + problem.place };
}

function wrong(expected: string, value: unknown, place = ""): Problem {
  return { expected, got: typeName(value), place };
}

function typeName(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) return "an infinite number";
  return Array.isArray(value) ? "array" : typeof value;
}
`;

/** Those that these functions use: a compiler at its strictest refuses one that is never called. */
export function runtimeFor(functions: string): string {
  const [problem = "", ...helpers] = checksRuntime.split(/\n(?=function )/);
  const kept: string[] = [];
  // Names of the document stand in quotes.
  let calling = functions.replace(/"(?:[^"\\]|\\.)*"/g, "");
  // Each is used by those before it alone.
  for (const helper of helpers) {
    const [, name = ""] = /^function (\w+)/.exec(helper) ?? [];
    if (!new RegExp(`\\b${name}\\b`).test(calling)) continue;
    kept.push(helper);
    calling += helper;
  }
  return [problem, ...kept].join("\n");
}

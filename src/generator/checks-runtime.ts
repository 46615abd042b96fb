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

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function wrong(expected: string, value: unknown, place: string): Problem {
  return { expected, got: typeName(value), place };
}

function under(place: string, problem: Problem): Problem {
  return { ...problem, place: place + problem.place };
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
  // Each is used by those before it alone.
  for (const helper of helpers) {
    const [, name = ""] = /^function (\w+)/.exec(helper) ?? [];
    if (new RegExp(`\\b${name}\\(`).test(functions + kept.join(""))) kept.push(helper);
  }
  return [problem, ...kept].join("\n");
}

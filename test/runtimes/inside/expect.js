/** Assertions and a runner of cases that need nothing but the language. */

const show = (value) => {
  if (value instanceof Error) return `${value.name} ${value.kind ?? ""} "${value.message}"`;
  return typeof value === "string" ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value));
};

export function ok(value, what) {
  if (!value) throw new Error(`${what}: got ${show(value)}`);
}

/** Compares as JSON does: enough for plain data. */
export function equal(actual, expected, what) {
  if (show(actual) !== show(expected)) {
    throw new Error(`${what}: expected ${show(expected)}, got ${show(actual)}`);
  }
}

/** The error that the promise rejects with, when it is one of this kind. */
export async function rejects(promise, kind, LlmError) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    ok(error instanceof LlmError && LlmError.is(error), `an LlmError of kind ${kind}, not ${show(error)}`);
    equal(error.kind, kind, `kind of "${error.message}"`);
    return error;
  }
  throw new Error(`expected a rejection with ${kind}, got ${show(value)}`);
}

/** Waits for what the other side of a socket learns a moment later. */
export async function eventually(isSo, what) {
  for (let i = 0; i < 200; i++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${what}: not within 5 seconds`);
}

const LONGEST_MS = 15_000;

/** Runs the cases one after another; each gives a line `{ name, error? }`. */
export async function runCases(cases, context) {
  const results = [];
  for (const [name, run] of Object.entries(cases)) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`hangs: no end after ${LONGEST_MS} ms`)), LONGEST_MS);
    });
    try {
      await Promise.race([run(context), late]);
      results.push({ name });
    } catch (error) {
      results.push({ name, error: error?.stack?.includes(error.message) ? error.stack : show(error) });
    } finally {
      clearTimeout(timer);
    }
  }
  return results;
}

/** Runs a function of any kind to its end, and tells with what it failed. */

const open: (() => unknown)[] = [];

export async function stopAll(): Promise<void> {
  await Promise.all(open.map((close) => close()));
}

/** The errors of the call itself, and of what it gave: a promise, or a stream with one. */
export async function outcomes(run: unknown, given: readonly unknown[]): Promise<unknown[]> {
  const errors: unknown[] = [];
  const value = await settle(() => call(run, given), errors, given);
  for (const member of ["result", "object", "response"]) {
    await settle(() => (isObject(value) && member in value ? Reflect.get(value, member) : undefined), errors);
  }
  const close = isObject(value) && "close" in value ? value.close : undefined;
  if (typeof close === "function") open.push(() => close.call(value));
  return errors;
}

function call(run: unknown, given: readonly unknown[]): unknown {
  if (typeof run !== "function") throw new Error("expected a function");
  const isClass = /^class\b/.test(Function.prototype.toString.call(run));
  return isClass ? Reflect.construct(run, given) : Reflect.apply(run, undefined, given);
}

/** What waits for a network, or for ever, is left alone. */
async function settle(
  work: () => unknown,
  errors: unknown[],
  given: readonly unknown[] = [],
): Promise<unknown> {
  try {
    const wait = new Promise((resolve) => setTimeout(resolve, 200));
    const value = work();
    // What was given comes back as it is.
    return given.includes(value) ? undefined : await Promise.race([Promise.resolve(value), wait]);
  } catch (error) {
    errors.push(error);
    return undefined;
  }
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

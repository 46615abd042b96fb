/** Whether a value is what the types of the library promise of every answer: plain, finite, and with nothing undefined. */

/** The first place where not. */
export function isPlain(value: unknown, path = "value", depth = 0): string | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined;
  // What a server sent is handed on as it came, under these names; there JSON's own infinity may stand.
  if (typeof value === "number")
    return Number.isFinite(value) || isRaw(path) ? undefined : `${path} is ${value}`;
  if (typeof value !== "object") return `${path} is ${typeof value}`;
  if (depth > 60) return undefined;
  if (Array.isArray(value)) {
    for (let index = 0; index < Math.min(value.length, 2000); index++) {
      const odd = isPlain(value[index], `${path}[${index}]`, depth + 1);
      if (odd) return odd;
    }
    return undefined;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    return `${path} is a ${prototype?.constructor?.name}`;
  for (const key of Object.keys(value).slice(0, 2000)) {
    const odd = isPlain(Reflect.get(value, key), `${path}.${key.slice(0, 40)}`, depth + 1);
    if (odd) return odd;
  }
  return undefined;
}

const isRaw = (path: string) => /\.(raw|arguments|args|object|body)\b/.test(path);

/** What untyped code may hand in where something else is expected. */

const refuse = () => {
  throw new Error("it can't be read");
};

/** Every trap fails. */
const TRAPS: ProxyHandler<object> = {
  get: refuse,
  has: refuse,
  ownKeys: refuse,
  getOwnPropertyDescriptor: refuse,
  getPrototypeOf: refuse,
};

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** Members as they are listed, none of which can be read. */
function broken(): object {
  return Object.defineProperty({}, "model", { enumerable: true, get: refuse });
}

export const ODD: readonly (readonly [string, () => unknown])[] = [
  ["undefined", () => undefined],
  ["null", () => null],
  ["a number", () => 5],
  ["NaN", () => Number.NaN],
  ["a bigint", () => 5n],
  ["true", () => true],
  ["a text", () => "x"],
  ["an empty text", () => ""],
  ["a symbol", () => Symbol("x")],
  ["an empty list", () => []],
  ["a list of null", () => [null]],
  ["a list of numbers", () => [5]],
  ["an object", () => ({})],
  ["an object of nothing", () => Object.create(null)],
  ["a function", () => () => {}],
  ["a date", () => new Date(0)],
];

/** Reading them throws. */
export const HOSTILE: typeof ODD = [
  ["a proxy that fails", () => new Proxy({}, TRAPS)],
  ["a proxy of a list that fails", () => new Proxy([], TRAPS)],
  ["a proxy that was revoked", () => revoked({})],
  ["a list that was revoked", () => revoked([])],
  ["a function that was revoked", () => revoked(() => {})],
  ["members that fail", broken],
  ["a list of members that fail", () => [broken()]],
];

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PartialJson } from "../../../src/provider/object/partial-json.ts";
import { growth, LINEAR } from "../growth.ts";

function snapshotOf(text: string) {
  const parser = new PartialJson();
  parser.push(text);
  return parser.snapshot();
}

describe("what stands of an unfinished JSON text", () => {
  it.each([
    ["", undefined],
    ["  ", undefined],
    ["{", {}],
    ["[", []],
    ['{"a', {}],
    ['{"a"', {}],
    ['{"a":', {}],
    ['{"a": "he', { a: "he" }],
    ['{"a": "he"', { a: "he" }],
    ['{"a": "he", "b', { a: "he" }],
    ['{"a": 1', {}],
    ['{"a": 1}', { a: 1 }],
    ['{"a": 12,', { a: 12 }],
    ['{"a": -1.5e3 }', { a: -1500 }],
    ['{"a": tru', {}],
    ['{"a": true, "b": null, "c": false ', { a: true, b: null, c: false }],
    ['{"a": [1, {"b": "x', { a: [1, { b: "x" }] }],
    ["[[], {}, [[", [[], {}, [[]]]],
    ['"tex', "tex"],
    ["12", undefined],
    ["12 ", 12],
    ['["a\\', ["a"]],
    ['["a\\n', ["a\n"]],
    ['["\\"\\\\\\/\\b\\f\\r\\t', ['"\\/\b\f\r\t']],
    ['["\\u00', [""]],
    ['["\\u00e9', ["é"]],
    ['["\\ud83d', [""]],
    ['["\\ud83d\\ude00', ["😀"]],
    ['{"a": 1} and more', { a: 1 }],
  ])("%j", (text, expected) => {
    expect(snapshotOf(text)).toEqual(expected);
  });

  it.each([
    ['{"a": 1, b', { a: 1 }],
    ['{"a": 1,}', { a: 1 }],
    ['["x", nul,', ["x"]],
    ['["x", 01,', ["x"]],
    ['["x", "\\q', ["x"]],
    ['["x", "\\u00zz', ["x"]],
    ['["x", "a\nb"', ["x"]],
    ['["x" "y"', ["x"]],
    ['["x"}', ["x"]],
    ['{"a" 1', {}],
    ["Sure! {", undefined],
    ["[1,]", [1]],
  ])("stops where the text is no JSON: %j", (text, expected) => {
    expect(snapshotOf(text)).toEqual(expected);
    expect(snapshotOf(`${text}, "later": 1}]`)).toEqual(expected);
  });

  it("ends, cut anywhere, at what JSON.parse gives", () => {
    fc.assert(
      fc.property(fc.json(), fc.array(fc.nat()), (text, cuts) => {
        const parser = new PartialJson();
        let from = 0;
        for (const cut of [...cuts.map((n) => n % (text.length + 1)), text.length].sort((a, b) => a - b)) {
          parser.push(text.slice(from, cut));
          parser.snapshot();
          from = cut;
        }
        parser.push(" ");
        expect(parser.snapshot()).toEqual(JSON.parse(text));
      }),
    );
  });

  it("leaves earlier snapshots alone", () => {
    const parser = new PartialJson();
    parser.push('{"a": [1, 2');
    const early = parser.snapshot();
    parser.push(', 3], "b": "x');
    expect(early).toEqual({ a: [1] });
    expect(parser.snapshot()).toEqual({ a: [1, 2, 3], b: "x" });
  });

  it("takes __proto__ for a name like any other", () => {
    for (const text of [
      '{"__proto__": {"polluted": 1}, "b": 1}',
      '{"__proto__": {"polluted": 1',
      '{"__proto__": "x',
    ]) {
      const value = snapshotOf(text) as object;
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect(Object.hasOwn(value, "__proto__")).toBe(true);
    }
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it("bears any depth", () => {
    const depth = 50_000;
    const parser = new PartialJson();
    parser.push("[".repeat(depth));
    let value = parser.snapshot();
    let seen = 0;
    while (Array.isArray(value)) {
      seen++;
      value = value[0];
    }
    expect(seen).toBe(depth);
  });
});

/** The same in another way: closes what is open behind the last value that is whole, and has JSON.parse read that. */
function repaired(text: string): unknown {
  const closers: string[] = [];
  let whole = "";
  let inString: "key" | "value" | undefined;
  let atom = false;
  let expectsKey = false;
  const keep = (end: number) => {
    whole = text.slice(0, end) + closers.toReversed().join("");
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    if (inString) {
      if (c === "\\") i++;
      else if (c === '"') {
        if (inString === "value") keep(i + 1);
        inString = undefined;
      }
      continue;
    }
    if (atom && !/[-+.\w]/.test(c)) {
      atom = false;
      keep(i);
    }
    if (c === '"') inString = expectsKey ? "key" : "value";
    else if (c === "{" || c === "[") {
      closers.push(c === "{" ? "}" : "]");
      expectsKey = c === "{";
      keep(i + 1);
    } else if (c === "}" || c === "]") {
      closers.pop();
      keep(i + 1);
      expectsKey = false;
    } else if (c === ":") expectsKey = false;
    else if (c === ",") expectsKey = closers.at(-1) === "}";
    else if (/[-+.\w]/.test(c)) atom = true;
  }
  if (inString === "value") {
    const begun = text.replace(/\\(u[\da-f]{0,3})?$/i, (cut, _, at: number) =>
      isEscaped(text, at) ? cut : "",
    );
    const value = JSON.parse(`${begun}"${closers.toReversed().join("")}`, (_, one) =>
      typeof one === "string" ? one.replace(/[\ud800-\udbff]$/, "") : one,
    );
    return value;
  }
  return whole === "" ? undefined : JSON.parse(whole);
}

/** Whether the backslash at this place is itself escaped. */
function isEscaped(text: string, at: number): boolean {
  const before = /\\*$/.exec(text.slice(0, at))?.[0].length ?? 0;
  return before % 2 === 1;
}

const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom('"', "\\", "\\u", "é\n😀", "__proto__x", "{[,:]}"),
);
const json = fc
  .letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      text,
      fc.constantFrom<unknown>(0, -1.5e-7, 12, true, false, null),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(text, tie("value"), { maxKeys: 4 }),
    ),
  }))
  .value.chain((value) => fc.constantFrom(JSON.stringify(value), JSON.stringify(value, null, 2)));
/** Also with every character escaped that can be. */
const escaped = json.map((one) =>
  one.replace(/[^\x20-\x7e]/g, (c) =>
    c === "\n" ? c : `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  ),
);

describe("any beginning of any JSON", () => {
  it("gives what its repair gives, however it was cut", () => {
    fc.assert(
      fc.property(
        fc.oneof(json, escaped),
        fc.array(fc.nat(), { maxLength: 8 }),
        fc.nat(),
        (whole, cuts, last) => {
          const prefix = whole.slice(0, last % (whole.length + 1));
          const parser = new PartialJson();
          let from = 0;
          for (const cut of [...cuts.map((n) => n % (prefix.length + 1)), prefix.length].sort(
            (a, b) => a - b,
          )) {
            parser.push(prefix.slice(from, cut));
            parser.snapshot();
            from = cut;
          }
          expect(parser.latest()).toEqual(repaired(prefix));
          expect(snapshotOf(prefix)).toEqual(repaired(prefix));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("snapshots after each piece", () => {
  const pieces = (whole: string) => whole.match(/.{1,4}/gsu) ?? [];

  it.each<[string, (size: number) => string, number]>([
    ["numbers in a list", (n) => JSON.stringify(Array.from({ length: n }, (_, i) => i % 10)), 700],
    [
      "members of an object",
      (n) => JSON.stringify(Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, i]))),
      150,
    ],
    ["objects in a list", (n) => JSON.stringify(Array.from({ length: n }, (_, i) => ({ i }))), 200],
    ["one long text", (n) => JSON.stringify("x".repeat(n)), 8000],
    ["one long number", (n) => `[${"1".repeat(n)}]`, 4000],
    ["levels", (n) => "[".repeat(n), 400],
    ["no JSON", (n) => `[1${" x".repeat(n)}`, 2000],
  ])("cost together what the text costs: %s", async (_name, make, small) => {
    const run = (size: number) => {
      const parser = new PartialJson();
      let length = 0;
      for (const piece of pieces(make(size))) {
        parser.push(piece);
        const snapshot = parser.snapshot();
        // Looks at a text as somebody does who shows it.
        if (typeof snapshot === "string") length += snapshot.charCodeAt(snapshot.length - 1);
      }
      return length;
    };
    expect(await growth(run, small)).toBeLessThan(LINEAR);
  });

  it("leave nothing out of what people ask for: 40 members, 5,000 items, 30,000 characters", () => {
    const members = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`member${i}`, "some text"]));
    const items = Array.from({ length: 5000 }, (_, i) => i);
    for (const value of [members, items, "x".repeat(30_000), { members, list: [{ members }] }]) {
      const parser = new PartialJson();
      for (const piece of pieces(JSON.stringify(value))) {
        parser.push(piece);
        parser.snapshot();
        expect(parser.isHeldBack).toBe(false);
      }
    }
  });

  it("stop at the depth that is asked for", () => {
    const parser = new PartialJson(3);
    parser.push("[[[1, [2], 3]]]");
    expect(parser.snapshot()).toEqual([[[1]]]);
  });
});

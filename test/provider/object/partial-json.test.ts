import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PartialJson } from "../../../src/provider/object/partial-json.ts";

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

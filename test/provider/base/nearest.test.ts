import { expect, test } from "vitest";
import { refuseUnknown } from "../../../src/provider/base/nearest.ts";

const refusal = (value: object, place?: string) => {
  try {
    refuseUnknown(value, ["temperature", "maxTokens", "n"], "option", place);
    return undefined;
  } catch (error) {
    return error;
  }
};

test.each([
  [{ temprature: 1 }, "", 'temprature: unknown option; did you mean "temperature"?', "temprature"],
  [{ max_tokens: 1 }, "", 'max_tokens: unknown option; did you mean "maxTokens"?', "max_tokens"],
  [{ zz: 1 }, "", "zz: unknown option", "zz"],
  [{ colour: 1 }, "messages[0]", "messages[0].colour: unknown option", "messages[0].colour"],
  [JSON.parse('{"__proto__": 1}'), "", "__proto__: unknown option", "__proto__"],
  [{ constructor: 1 }, "", "constructor: unknown option", "constructor"],
])("%j is refused, with the nearest name", (value, place, message, param) => {
  expect(refusal(value, place)).toMatchObject({ kind: "InvalidRequest", message, param });
});

test("known names pass, and unknown ones that hold nothing", () => {
  expect(refusal({ temperature: 0, maxTokens: undefined, other: undefined })).toBeUndefined();
});

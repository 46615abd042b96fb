import { describe, expect, test } from "vitest";
import {
  checkRules,
  parseRules,
  RulesError,
  SPEC_RULES,
  type SpecRules,
} from "../../../src/drift/spec/rules.ts";
import { specExitCode } from "../../../src/drift/spec/spec.ts";
import { compare, object, string } from "./documents.ts";

describe("rules files", () => {
  const before = { response: object({ a: string, b: string }), request: object({ c: string }) };
  const after = {
    response: object({ a: { type: ["string", "null"] } }),
    request: object({ c: string, d: string }),
  };
  const rulesOf = (rules: SpecRules) =>
    compare(before, after, { rules }).map(({ level, rule }) => `${level} ${rule}`);

  test("set levels, or leave changes out", () => {
    expect(rulesOf({})).toEqual([
      "breaking response-field-removed",
      "breaking response-null-allowed",
      "additive request-field-added",
    ]);
    const rules = {
      "response-null-allowed": "annotation",
      "request-field-added": "breaking",
      "response-field-removed": "off",
    } as const;
    expect(rulesOf(rules)).toEqual(["breaking request-field-added", "annotation response-null-allowed"]);
    const changes = compare(before, after, {
      rules: { "response-field-removed": "off", "response-null-allowed": "off" },
    });
    expect(specExitCode(changes, "breaking")).toBe(0);
  });

  test("are YAML or JSON", () => {
    expect(parseRules("response-field-added: off\n", "r.yaml")).toEqual({ "response-field-added": "off" });
    expect(parseRules('{"operation-added": "breaking"}', "r.json")).toEqual({
      "operation-added": "breaking",
    });
  });

  test.each([
    [
      "response-feild-added: off",
      'r.yaml: unknown rule "response-feild-added"; did you mean "response-field-added"?',
    ],
    [
      "operation-added: warn",
      'r.yaml: operation-added: expected one of breaking, additive, annotation, off, found "warn"',
    ],
    [
      "operation-added:",
      "r.yaml: operation-added: expected one of breaking, additive, annotation, off, found null",
    ],
    ["- operation-added", "r.yaml: expected an object of rules and their levels, found a list"],
    ["constructor: off", 'r.yaml: unknown rule "constructor"'],
  ])("%s is refused", (text, message) => {
    expect(() => parseRules(text, "r.yaml")).toThrow(RulesError);
    expect(() => parseRules(text, "r.yaml")).toThrow(message);
  });

  test("go with a scope that there is", () => {
    expect(() => compare(before, after, { scope: "some" as "all" })).toThrow(/options\.scope/);
  });

  test("in code are held to the same", () => {
    expect(() => compare(before, after, { rules: { nothing: "off" } as SpecRules })).toThrow(
      /unknown rule "nothing"/,
    );
    expect(checkRules({ "operation-moved": "off" })).toEqual({ "operation-moved": "off" });
  });
});

const PAGE = `# Rules of a comparison of documents

What \`groq-provider drift --spec\` tells of two OpenAPI documents ([drift.md](drift.md#two-documents)), by rule. A rule of a
schema begins with \`request-\` where it is about what is sent, and \`response-\` where it is about what comes back: what helps one
side hurts the other. \`breaking\`: a caller that was right may now be wrong. \`additive\`: nobody who was right is wrong now.
\`annotation\`: no value is allowed or refused that was not before.

| Rule | Level | What changed |
|---|---|---|
`;

test("the page of rules is up to date (npx vitest run test/drift/spec/rules.test.ts -u writes it)", async () => {
  const rows = Object.entries(SPEC_RULES).map(
    ([id, { level, text }]) => `| \`${id}\` | ${level} | ${text} |\n`,
  );
  await expect(PAGE + rows.join("")).toMatchFileSnapshot("../../../docs/drift-rules.md");
});

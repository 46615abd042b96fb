/** Every rule by which a change is told, with its level; and files that set other levels. */
import { expectText } from "../../openapi/arguments.ts";
import { parseText } from "../../openapi/parse.ts";
import { didYouMean } from "../../provider/base/nearest.ts";
import { isObject, kindOf } from "../../provider/base/values.ts";

/**
 * - `breaking`: a caller that was right may now be wrong.
 * - `additive`: something new, or fewer surprises; nobody who was right is wrong now.
 * - `annotation`: no value is allowed or refused that was not before; worth knowing.
 */
export type ChangeLevel = "breaking" | "additive" | "annotation";

/** `request`: what the caller sends; `response`: what comes back. */
export type Direction = "request" | "response";

/** What is compared: what the adapter uses, or whole documents. */
export type SpecScope = "adapter" | "all";

export const SPEC_SCOPES: readonly SpecScope[] = ["adapter", "all"];

const [B, A, N] = ["breaking", "additive", "annotation"] as const;

/** Of operations, and of what stands around schemas: the level, and what changed. */
const PLAIN = {
  "operation-removed": [B, "an operation is gone"],
  "operation-added": [A, "an operation is new"],
  "operation-moved": [B, "an operation has another path"],
  "operation-deprecated": [N, "an operation is now deprecated"],
  "operation-undeprecated": [N, "an operation is no longer deprecated"],
  "operation-sunset-changed": [N, "another day is named on which an operation ends (`x-sunset`)"],
  "operation-id-changed": [N, "an operation has another `operationId`: generated names change"],
  "webhook-removed": [B, "a webhook or callback is gone"],
  "webhook-added": [A, "a webhook or callback is new"],
  "not-compared": [N, "a part that can't be read, in one of the documents"],
  "server-removed": [B, "an operation is no longer served at a URL"],
  "server-added": [A, "an operation is served at one more URL"],
  "security-removed": [B, "one way to authenticate is no longer taken"],
  "security-added": [A, "one more way to authenticate is taken"],
  "security-imposed": [B, "authentication is needed where none was"],
  "security-lifted": [A, "authentication is no longer needed"],
  "security-scope-added": [B, "a way to authenticate needs one more scope"],
  "security-scope-removed": [A, "a way to authenticate needs one scope less"],
  "security-address-changed": [B, "tokens come from another URL"],
  "parameter-removed": [B, "a parameter is gone"],
  "parameter-added": [A, "an optional parameter is new"],
  "required-parameter-added": [B, "a required parameter is new"],
  "parameter-renamed": [B, "one parameter is gone, and one of the same schema is new"],
  "path-parameter-renamed": [N, "a parameter of the path has another name: generated names change"],
  "parameter-required": [B, "a parameter is now required"],
  "parameter-optional": [A, "a parameter is no longer required"],
  "parameter-style-changed": [B, "a parameter is written in another way (`style`, `explode`, `content`)"],
  "body-removed": [B, "a request takes no body any more"],
  "body-added": [A, "a request takes a body, if there is one"],
  "required-body-added": [B, "a request needs a body where it took none"],
  "body-required": [B, "a body is now required"],
  "body-optional": [A, "a body is no longer required"],
  "body-encoding-changed": [B, "a part of a form is written in another way (`encoding`)"],
  "success-status-removed": [B, "a status below 400 is no longer listed"],
  "success-status-added": [B, "a status below 400 is new: an answer that callers don't expect"],
  "error-status-removed": [N, "an error status is no longer listed"],
  "error-status-added": [A, "an error status is new; callers must expect errors anyhow"],
  "response-described": [N, "a body has a schema where it had none"],
  "response-undescribed": [N, "a body has no schema any more"],
  "header-removed": [B, "a header of an answer is gone"],
  "header-added": [A, "a header of an answer is new"],
  "header-optional": [B, "a header may be absent"],
  "header-always": [A, "a header is always there"],
  "stream-event-removed": [B, "a kind of event no longer comes"],
  "stream-event-added": [B, "a kind of event is new: one that callers don't expect"],
} as const satisfies Record<string, readonly [ChangeLevel, string]>;

/** Of schemas: the level in what is sent, and in what comes back, where what helps one side hurts the other. */
const OF_SCHEMAS = {
  "media-type-removed": [B, B, "a content type is gone"],
  "media-type-added": [A, A, "a content type is new"],
  "field-removed": [B, B, "a field is gone"],
  "field-added": [A, A, "an optional field is new"],
  "required-field-added": [B, A, "a field is new that is always there"],
  "field-renamed": [B, B, "one field is gone, and one of the same schema is new"],
  "field-required": [B, A, "a field that could be absent is always there"],
  "field-optional": [A, B, "a field that was always there may be absent"],
  "field-closed": [B, B, "a field is now `readOnly` (no longer sent) or `writeOnly` (no longer answered)"],
  "null-allowed": [A, B, "null is a value too"],
  "null-refused": [B, A, "null is no value any more"],
  "type-widened": [A, B, "more types"],
  "type-narrowed": [B, A, "fewer types"],
  "type-changed": [B, B, "other types"],
  "variant-added": [A, B, "a union has one more variant"],
  "variant-removed": [B, A, "a union has one variant less"],
  "enum-value-added": [A, B, "one more value in an enum"],
  "enum-value-removed": [B, A, "one value less in an enum"],
  "enum-imposed": [B, A, "only these values, where any was allowed"],
  "enum-lifted": [A, B, "any value, where only some were allowed"],
  "bound-tightened": [B, A, "a length, size or number has a tighter bound"],
  "bound-loosened": [A, B, "a length, size or number has a looser bound"],
  "bound-changed": [B, B, "`multipleOf` is another number"],
  "pattern-added": [B, A, "a text must fit a pattern"],
  "pattern-removed": [A, B, "a text need not fit a pattern any more"],
  "pattern-changed": [B, B, "a text must fit another pattern"],
  "format-changed": [B, B, "a text has another `format`"],
  "format-noted": [N, N, "a `format` is named, or no longer; or a number is of another size"],
  "condition-added": [B, A, "one more condition (`not`, `if`, `contains`, `dependentRequired`, …)"],
  "condition-removed": [A, B, "one condition less"],
  "condition-changed": [B, B, "another condition"],
  "further-fields-narrowed": [B, A, "fields without a name are refused, or only of one schema"],
  "further-fields-widened": [A, B, "fields without a name may be anything, where they had a schema"],
  "further-fields-allowed": [A, A, "fields without a name are allowed where they were refused"],
  "discriminator-changed": [B, B, "another field tells the variants apart"],
  "discriminator-noted": [N, N, "the field that tells the variants apart is named, or no longer"],
  "default-changed": [B, N, "another value stands for a field that is left out"],
  "default-noted": [N, N, "a default is named, or no longer"],
  deprecated: [N, N, "a field, parameter or header is now deprecated"],
  undeprecated: [N, N, "it is no longer deprecated"],
  "sunset-changed": [N, N, "another day is named on which it ends (`x-sunset`)"],
  "examples-changed": [N, N, "other values are named as examples"],
} as const satisfies Record<string, readonly [ChangeLevel, ChangeLevel, string]>;

/** What a rule for schemas is called without the direction. */
export type SchemaRule = keyof typeof OF_SCHEMAS;

/** The stable name of a kind of change: `operation-removed`, `response-field-removed`, … */
export type SpecRule = keyof typeof PLAIN | `${Direction}-${SchemaRule}`;

/** What a rules file says of a rule: another level, or that such changes are not told. */
export type RuleLevel = ChangeLevel | "off";

/** Levels by rule, in place of those that `SPEC_RULES` has. */
export type SpecRules = Readonly<Partial<Record<SpecRule, RuleLevel>>>;

const DIRECTIONS: readonly Direction[] = ["request", "response"];

/** What there is to know of a rule. */
export interface SpecRuleInfo {
  /** The level of its changes, unless a rules file says otherwise. */
  level: ChangeLevel;
  /** What changed, in a few words of Markdown. */
  text: string;
}

/** All rules, by their names; `docs/drift-rules.md` is made of them. */
export const SPEC_RULES: Readonly<Record<SpecRule, SpecRuleInfo>> = Object.freeze(
  Object.fromEntries([
    ...Object.entries(PLAIN).map(([id, [level, text]]) => [id, { level, text }]),
    ...DIRECTIONS.flatMap((direction, index) =>
      Object.entries(OF_SCHEMAS).map(([id, row]) => [
        `${direction}-${id}`,
        { level: row[index === 0 ? 0 : 1], text: row[2] },
      ]),
    ),
  ]),
) as Record<SpecRule, SpecRuleInfo>;

/** What is wrong with a rules file: one line that names the file. */
export class RulesError extends Error {
  /** Tells it from other errors. */
  override name = "RulesError";
}

const RULE_LEVELS: readonly RuleLevel[] = [B, A, N, "off"];

/** The rules that a YAML or JSON text has. Throws `RulesError`, and `DocumentError` where it is neither. */
export function parseRules(text: string, source: string): SpecRules {
  expectText("parseRules", "text", text);
  expectText("parseRules", "source", source);
  return checkRules(parseText(text, source), source);
}

/** The same object, of which every name is a rule and every value a level. Throws `RulesError`. */
export function checkRules(content: unknown, source = "rules"): SpecRules {
  expectText("checkRules", "source", source);
  if (!isObject(content))
    throw new RulesError(`${source}: expected an object of rules and their levels, found ${kindOf(content)}`);
  const known = Object.keys(SPEC_RULES);
  for (const [id, level] of Object.entries(content)) {
    if (!known.includes(id))
      throw new RulesError(`${source}: unknown rule ${JSON.stringify(id)}${didYouMean(id, known)}`);
    if (!RULE_LEVELS.includes(level as RuleLevel)) {
      const found = JSON.stringify(level) ?? String(level);
      throw new RulesError(`${source}: ${id}: expected one of ${RULE_LEVELS.join(", ")}, found ${found}`);
    }
  }
  return content as SpecRules;
}

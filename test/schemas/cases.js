/**
 * Schema libraries as applications use them: the same tool in each. `says`: it can't tell its JSON Schema, and this is what
 * the error must say to write instead, which is the case below it.
 */
const zod = (from, module = "", { says, beside = "" } = {}) => ({
  library: `zod${module}`,
  version: from,
  imports: `import * as z from "${from}${module}";`,
  schema: module.includes("mini")
    ? "z.object({ city: z.string(), days: z.optional(z.int()) })"
    : module === "" && from === "zod-3.25"
      ? "z.object({ city: z.string(), days: z.number().int().optional() })"
      : "z.object({ city: z.string(), days: z.int().optional() })",
  beside,
  says,
});

const valibot = (from) => ({
  library: "valibot",
  version: from,
  imports: `import * as v from "${from}";`,
  schema: "v.object({ city: v.string(), days: v.optional(v.pipe(v.number(), v.integer())) })",
  beside: "",
});

const converter = (name) =>
  `${valibot("valibot").imports}\nimport { ${name} } from "@valibot/to-json-schema";`;

const arktype = (from) => ({
  library: "arktype",
  version: from,
  imports: `import { type } from "${from}";`,
  schema: 'type({ city: "string", "days?": "number.integer" })',
  beside: "",
});

const PLAIN =
  '{ type: "object", properties: { city: { type: "string" }, days: { type: "integer" } }, required: ["city"] }';

export const CASES = [
  zod("zod-3.25", "", { says: 'write the schema with import * as z from "zod/v4", which zod 3.25 has too' }),
  { ...zod("zod-3.25", "", { beside: `jsonSchema: ${PLAIN}` }), library: "zod, jsonSchema beside it" },
  zod("zod-3.25", "/v4"),
  zod("zod-3.25", "/v4-mini"),
  zod("zod-4.0"),
  zod("zod-4.0", "/mini"),
  zod("zod-4.1"),
  zod("zod-4.1", "/mini"),
  zod("zod-4.6"),
  zod("zod-4.6", "/mini"),
  { ...valibot("valibot-1.0"), says: 'write toStandardJsonSchema(schema), from "@valibot/to-json-schema"' },
  { ...valibot("valibot"), says: 'write toStandardJsonSchema(schema), from "@valibot/to-json-schema"' },
  {
    ...valibot("valibot"),
    library: "valibot, toStandardJsonSchema",
    imports: converter("toStandardJsonSchema"),
    schema: `toStandardJsonSchema(${valibot("valibot").schema})`,
  },
  {
    ...valibot("valibot"),
    library: "valibot, jsonSchema beside it",
    imports: converter("toJsonSchema"),
    beside: "jsonSchema: { ...toJsonSchema(schema) }",
  },
  arktype("arktype-2.1"),
  arktype("arktype-2.2"),
  { library: "JSON Schema", version: "", imports: "", schema: PLAIN, beside: "", isPlain: true },
];

/** A module that has the tool, and a call for an object, with the types that they must have. */
export function moduleOf({ imports, schema, beside, isPlain }) {
  const type = isPlain ? "<{ city: string; days?: number }>" : "";
  return `${imports}
import { chatObject, defineTool, type LlmProvider } from "../../../src/provider/index.ts";

const schema = ${schema};

export const tool = defineTool${type}({
  name: "weather",
  parameters: schema,
  ${beside === "" ? "" : `${beside},`}
  execute: ({ city, days }) => city.toUpperCase() + (days ?? 1).toFixed(),
});

export async function weather(provider: LlmProvider): Promise<string> {
  const { object } = await chatObject${type}(provider, [{ role: "user", content: "Oslo?" }], {
    schema,
    ${beside === "" ? "" : `${beside},`}
  });
  const days: number | undefined = object.days;
  // @ts-expect-error: a type that was lost would make this \`any\`, and no error.
  const city: number = object.city;
  return String(city) + (days ?? 1);
}
`;
}

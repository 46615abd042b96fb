import { expect, test } from "vitest";
import type { Document } from "../../src/generator/document.ts";
import { generate } from "../../src/generator/generate.ts";
import { loadDocument } from "../../src/generator/load.ts";
import { needs } from "../../src/generator/needs.ts";
import { smallDocument } from "./small-document.ts";

test("our document says the same at each place", async () => {
  const { components } = await loadDocument("openapi/groq.yaml");
  for (const [name, needed] of Object.entries(needs))
    expect({ name, needed: components?.schemas?.[name]?.["x-needed"] }).toEqual({ name, needed });
});

test("a vendor's document that requires more than the wire gives is read for what is needed", async () => {
  const document = smallDocument();
  document.components.schemas.Model = {
    type: "object",
    required: ["id", "owned_by"],
    properties: { id: { type: "string" }, owned_by: { type: "string" } },
  };
  const files = await generate(document as unknown as Document, "document");
  expect(files["checks.ts"]).toContain('if (value.owned_by != null && typeof value.owned_by !== "string")');
  expect(files["types.ts"]).toContain("owned_by?: string | null;");
});

test("what a document says itself comes first", async () => {
  const document = smallDocument();
  document.components.schemas.Model = {
    type: "object",
    required: ["id"],
    "x-needed": [],
    properties: { id: { type: "string" } },
  };
  const files = await generate(document as unknown as Document, "document");
  expect(files["checks.ts"]).toContain('if (value.id != null && typeof value.id !== "string")');
});

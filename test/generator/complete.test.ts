import { readdir, readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { complete } from "../../src/generator/complete.ts";
import { prepare } from "../../src/generator/generate.ts";
import { applyOverlay } from "../../src/openapi/apply-overlay.ts";
import { loadDocument, type OpenApiDocument, openDocument } from "../../src/openapi/document.ts";
import { openOverlay, readOverlay } from "../../src/openapi/overlay.ts";

const own = await loadDocument("openapi/groq.yaml");

/** The package's document without some members, in other words of OpenAPI. */
function without(places: Record<string, string[]>, version = "3.1.0"): OpenApiDocument {
  const content = structuredClone(own.written);
  content.openapi = version;
  const { schemas } = content.components as {
    schemas: Record<string, { properties: Record<string, unknown> }>;
  };
  for (const [name, members] of Object.entries(places))
    for (const member of members) delete schemas[name]?.properties[member];
  return openDocument(content, "vendor.yaml");
}

const silent = {
  CompletionUsage: ["queue_time"],
  CreateChatCompletionStreamResponse: ["usage", "service_tier"],
  Model: ["context_window"],
  CreateChatCompletionRequest: ["stream_options", "seed"],
};

describe.each(["3.0.3", "3.1.0"])("of a document of OpenAPI %s that is silent", (version) => {
  const document = without(silent, version);
  const { overlay, lines } = complete(document, { ...own, source: "openapi/groq.yaml" });

  test("each member that is taken over is told", () => {
    expect(lines.map((line) => line.replace(/ is taken from openapi\/groq\.yaml$/, ""))).toEqual([
      "ChatAnswer: usage.queue_time",
      "StreamChunk: service_tier",
      "StreamChunk: usage",
      "ModelList: data[].context_window",
      "ChatRequest: seed",
      "ChatRequest: stream_options",
    ]);
  });

  test("with the overlay it lacks nothing more, and asks what it asked", () => {
    const { content, needless } = applyOverlay(document.written, openOverlay(overlay, "o"));
    expect(needless).toEqual([]);
    const completed = openDocument(content, "completed.yaml");
    expect(complete(completed, own)).toEqual({ overlay: undefined, lines: [] });
    expect(prepare(completed).wire.missing).toEqual(prepare(own).wire.missing);
    const required = (one: OpenApiDocument) => prepare(one).api.schemas.CreateChatCompletionRequest?.required;
    expect(required(completed)).toEqual(required(document));
  });

  test("its words are those of the document's version", () => {
    const words = JSON.stringify(overlay);
    expect(words.includes('"nullable":true')).toBe(version === "3.0.3");
    expect(/"type":(\[|"null")/.test(words)).toBe(version === "3.1.0");
  });
});

test("a member that is there in another form is left alone", () => {
  const document = without({});
  const schemas = document.written.components as {
    schemas: Record<string, { properties: Record<string, unknown> }>;
  };
  Object.assign(schemas.schemas.Model?.properties ?? {}, { context_window: { type: "string" } });
  expect(complete(openDocument(document.written, "d"), own).lines).toEqual([]);
});

describe("the overlays of this package", async () => {
  const files = await readdir("openapi/overlays");
  test.each(files)("%s: each action says what it rests on", async (file) => {
    const text = await readFile(`openapi/overlays/${file}`, "utf8");
    for (const { evidence, description } of readOverlay(text, file).actions) {
      expect(evidence?.source).toMatch(/\w/);
      expect(description).toMatch(/\w/);
    }
    expect(parse(text).overlay).toBe("1.1.0");
  });
});

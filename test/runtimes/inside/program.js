/** For Node, Bun and Deno: `program.js FRONT`. Prints the results as one line of JSON, and must then end by itself. */

import { equal, ok, runCases } from "./expect.js";
import { findNoise, watchImports } from "./quiet.js";

const [front] = process.argv.slice(2);
const isNode = !("Bun" in globalThis) && !("Deno" in globalThis);

const before = watchImports();
const library = await import("groq-provider");
const configuration = await import("groq-provider/config");
const testing = await import("groq-provider/testing");
const inApp = await import("groq-provider/drift/in-app");
const drift = await import("groq-provider/drift");
const redis = await import("groq-provider/redis");
const noise = findNoise(before);

const { runSuite } = await import("./run.js");
const config = { name: "a", provider: "groq", model: "openai/gpt-oss-20b" };

const others = {
  "import: no global, timer, listener or handle is left by it"() {
    equal(noise, [], "what the imports did");
  },
  "import: the other entries"() {
    ok(Object.keys(redis).length > 0, "exports of redis");
  },
  async "drift: reads the document that is in the package"() {
    const document = await drift.loadDocument(await drift.packagedDocument());
    ok(document, "document");
  },
  async "testing: a server in this program"() {
    const groq = await testing.startEmbeddedGroq();
    const provider = new library.GroqProvider({
      ...config,
      config: { api_key: "k", base_url: groq.baseUrl },
    });
    equal((await provider.chat([{ role: "user", content: "Hi" }])).content, "You said: Hi", "content");
    await groq.close();
    equal(groq.openSockets, 0, "open sockets");
  },
  async "configuration: read from a file"() {
    const { model } = await configuration.loadModelConfig("model.yaml");
    equal(model, "openai/gpt-oss-20b", "model");
  },
};

if (isNode) {
  others["require: knows the errors of import, and the other way round"] = async () => {
    const { createRequire } = await import("node:module");
    const required = createRequire(import.meta.url)("groq-provider");
    ok(required.LlmError.is(new library.LlmError("Timeout", "late")), "an error of import");
    ok(library.LlmError.is(new required.LlmError("Timeout", "late")), "an error of require");
  };
}

const parts = { library, configuration, testing, inApp };
const results = await runSuite({ ...parts, fronts: { sockets: front } });
if (isNode) {
  // What Node does not use by itself: the platform's fetch.
  const dependencies = { fetch: globalThis.fetch };
  const onFetch = await runSuite({ ...parts, fronts: { fetch: front }, dependencies });
  results.push(...onFetch.filter(({ way }) => way === "fetch"));
}
for (const result of await runCases(others, {})) results.push({ way: "program", ...result });
console.log(JSON.stringify(results));

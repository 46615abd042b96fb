import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadModelConfig, parseModelConfig } from "../../../src/provider/config/load-config.ts";
import { GroqProvider } from "../../../src/provider/groq-provider.ts";

const env = { GROQ_API_KEY: "gsk_0123456789abcdefghij", YAML: "a: b\n- c" };
const yaml = `
name: fast
provider: groq
model: openai/gpt-oss-20b
supported_endpoints: [chat, completion]
config:
  api_key: \${GROQ_API_KEY}
  temperature: 0.3
limit:
  renewal_period: minutes
  calls: 30
`;

describe("YAML text", () => {
  test("is read, with the environment's values", () => {
    const config = parseModelConfig(yaml, { env });
    expect(config).toMatchObject({
      name: "fast",
      config: { temperature: 0.3 },
      limit: { renewal_period: "minutes", calls: 30 },
    });
    expect(config.config.api_key).toBe(env.GROQ_API_KEY);
    expect(JSON.stringify(config)).not.toContain(env.GROQ_API_KEY);
  });

  test("a value of the environment can't become YAML", () => {
    expect(parseModelConfig(`name: "<\${YAML}>"\nconfig: {}`, { env }).name).toBe(`<${env.YAML}>`);
  });

  test("a doubled dollar stays one", () => {
    expect(parseModelConfig("name: $${X}\nconfig: {}", { env }).name).toBe("${X}");
  });

  test.each<[string, string, RegExp]>([
    [
      "a missing variable",
      "config: {api_key: '${NOT_THERE}'}",
      /^config\.api_key: the environment has no variable NOT_THERE$/,
    ],
    ["no mapping", "- a", /expected a mapping/],
    ["nothing", "", /expected a mapping/],
    ["no config", "name: x", /config: expected a mapping with api_key/],
    [
      "broken YAML, by line, without its text",
      "name: x\nconfig: {api_key: gsk_secret",
      /line 2: no valid YAML/,
    ],
    ["a key twice", "name: x\nname: y", /line 2: no valid YAML \(DUPLICATE_KEY\)/],
    [
      "aliases that explode",
      `a: &a [x,x,x,x,x,x,x,x,x,x]\n${"bcdefgh"
        .split("")
        .map((c, i) => `${c}: &${c} [${Array(10).fill(`*${"abcdefg"[i]}`)}]`)
        .join("\n")}\nconfig: {}`,
      /aliases/,
    ],
  ])("%s", (_, text, message) => {
    expect(() => parseModelConfig(text, { env })).toThrow(expect.objectContaining({ kind: "ConfigError" }));
    expect(() => parseModelConfig(text, { env })).toThrow(message);
    expect(() => parseModelConfig(text, { env })).not.toThrow(/gsk_secret/);
  });

  test.each<[string, unknown]>([
    ["a number", 5],
    ["nothing", undefined],
    ["data", { name: "x" }],
    ["a deep list", `a: ${"[".repeat(5000)}${"]".repeat(5000)}\nconfig: {}`],
    ["a deep mapping", `a: ${"{a: ".repeat(5000)}1${"}".repeat(5000)}\nconfig: {}`],
    ["a text without end", `a: "${"x".repeat(2 << 20)}"`],
  ])("%s is a ConfigError", (_, text) => {
    expect(() => parseModelConfig(text as string, { env })).toThrow(
      expect.objectContaining({ kind: "ConfigError" }),
    );
  });

  test("braces that never close are not searched for again and again", () => {
    const name = "${".repeat(200_000);
    expect(parseModelConfig(`name: "${name}"\nconfig: {}`, { env }).name).toBe(name);
  });

  test("prototypes stay clean", () => {
    const read = () =>
      parseModelConfig("__proto__: {polluted: 1}\nconfig: {__proto__: {polluted: 1}}", { env });
    expect(read).toThrow(/config\.__proto__: unknown key/);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });
});

describe("YAML files", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "groq-provider-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("are read", async () => {
    const file = join(folder, "model.yaml");
    await writeFile(file, yaml);
    expect((await loadModelConfig(file, { env })).model).toBe("openai/gpt-oss-20b");
  });

  test("a missing one is named", async () => {
    await expect(loadModelConfig(join(folder, "none.yaml"))).rejects.toThrow(
      /none\.yaml: can't be read \(ENOENT\)/,
    );
  });

  test.each([5, undefined, {}])("%o is no path", async (file) => {
    await expect(loadModelConfig(file as string)).rejects.toMatchObject({ kind: "ConfigError" });
  });

  test("a broken one is named, with its line", async () => {
    const file = join(folder, "broken.yaml");
    await writeFile(file, "a: 1\nb: [");
    await expect(loadModelConfig(file)).rejects.toThrow(/broken\.yaml, line 2: no valid YAML/);
  });

  test.each([
    ["config: {apiKey: secret}", /^\S+wrong\.yaml: config\.apiKey: unknown key; did you mean "api_key"\?$/],
    ["config: {}\nonLimit: error", /wrong\.yaml: onLimit: unknown key; did you mean "on_limit"\?$/],
    ["config: {}\nlimit: automatic", /wrong\.yaml: limit: expected "auto".*; did you mean "auto"\?$/],
    [
      "config: {}\nlimit: {renewalPeriod: days}",
      /wrong\.yaml: limit\.renewalPeriod: unknown key; did you mean "renewal_period"\?/,
    ],
    ["config: {temperature: 9}", /wrong\.yaml: config\.temperature: expected a number from 0 to 2, got 9$/],
    ["config: {temprature: 1, api_key: }", /temperature"\?$/m],
  ])("what is wrong in one is told with its name: %j", async (text, message) => {
    const file = join(folder, "wrong.yaml");
    await writeFile(file, text);
    const error = await loadModelConfig(file).catch((fault: unknown) => fault);
    expect(error).toMatchObject({ kind: "ConfigError", message: expect.stringMatching(message) });
    expect(JSON.stringify(error)).not.toContain("secret");
  });

  test("what is missing may be added in code", async () => {
    const file = join(folder, "part.yaml");
    await writeFile(file, "name: a\nprovider: groq\nconfig: {temperature: 0}");
    const config = { ...(await loadModelConfig(file)), model: "m" };
    expect(new GroqProvider(config, { apiKey: () => "gsk_later" }).config.model).toBe("m");
  });
});

test.each([
  [{}, "https://a.example/v1"],
  [{ URL_OF_A: "" }, "https://a.example/v1"],
  [{ URL_OF_A: "https://b.example" }, "https://b.example"],
])("a variable that is not set has what stands after :- (%j)", (env, expected) => {
  const yaml =
    "name: a\nprovider: groq\nmodel: m\nconfig: {api_key: k, base_url: '${URL_OF_A:-https://a.example/v1}'}";
  expect(parseModelConfig(yaml, { env }).config.base_url).toBe(expected);
});

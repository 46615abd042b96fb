/** Providers of a scenario: over a socket, or of a Groq within this program. */
import { scenarios } from "./scenarios.js";

function createProvider(library, baseUrl, { config, dependencies, ...rest } = {}) {
  return new library.GroqProvider(
    {
      name: "runtimes",
      provider: "groq",
      model: "openai/gpt-oss-20b",
      config: { api_key: "a-secret-key", base_url: baseUrl, ...config },
      ...rest,
    },
    dependencies,
  );
}

/** `front` is the address of `servers.js`, which a browser goes through; each connection gets a Groq of its own. */
export const overSockets =
  (library, front, isForwarded, dependencies = {}) =>
  async (scenario, parts = {}) => {
    const { id, baseUrl } = await (await fetch(`${front}/control/start/${scenario}`)).json();
    const saw = async (what) => (await (await fetch(`${front}/control/seen/${id}`)).json())[what];
    return {
      provider: createProvider(library, isForwarded ? `${front}/groq/${id}/openai/v1` : baseUrl, {
        ...parts,
        dependencies: { ...dependencies, ...parts.dependencies },
      }),
      asked: () => saw("asked"),
      openAnswers: () => saw("openAnswers"),
    };
  };

export const withinProgram =
  (library, { createEmbeddedGroq }) =>
  async (scenario, parts = {}) => {
    const groq = createEmbeddedGroq(scenarios[scenario]);
    return {
      provider: createProvider(library, undefined, {
        ...parts,
        dependencies: { fetch: groq.fetch, ...parts.dependencies },
      }),
      asked: async () => groq.requests.length,
      openAnswers: async () => 0,
    };
  };

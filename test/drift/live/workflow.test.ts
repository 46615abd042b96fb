import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { parseBaseline } from "../../../src/drift/report/baseline.ts";

const read = (path: string) => readFile(new URL(`../../../.github/${path}`, import.meta.url), "utf8");

interface Step {
  uses?: string;
  run?: string;
  env?: Record<string, string>;
  with?: Record<string, unknown>;
}

const workflow = async (name: string) => {
  const text = await read(`workflows/${name}.yml`);
  const content: { permissions: unknown; jobs: Record<string, { steps: Step[]; permissions?: unknown }> } =
    parse(text);
  return { text, content, steps: Object.values(content.jobs).flatMap((job) => job.steps) };
};

test.each(["checks", "drift", "publish", "sync"])(
  "the workflow %s pins its actions by hash, and says which version that is",
  async (name) => {
    const { text } = await workflow(name);
    const uses = text.match(/uses:.*/g) ?? [];
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses) expect(line).toMatch(/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+(\.\d+)*$/);
  },
);

test.each(["checks", "drift"])("the workflow %s may only read", async (name) => {
  const { content } = await workflow(name);
  expect(content.permissions).toEqual({ contents: "read" });
  expect(Object.values(content.jobs).every(({ permissions }) => permissions === undefined)).toBe(true);
});

test("the scripts that a workflow runs are there", async () => {
  const { scripts } = JSON.parse(await readFile(new URL("../../../package.json", import.meta.url), "utf8"));
  for (const file of ["../.ci/run", "workflows/drift.yml", "workflows/sync.yml"]) {
    const text = await read(file);
    const run = [...text.matchAll(/^[^#\n]*npm run (?:--silent )?([\w:-]+)/gm)].map(([, script]) => script);
    expect(run.length).toBeGreaterThan(0);
    for (const script of run) expect(scripts).toHaveProperty([String(script)]);
  }
});

test.each(["checks", "publish"])(
  "%s runs all checks, and not as root, whose files nobody else can build over",
  async (name) => {
    const { steps, text } = await workflow(name);
    expect(steps.map(({ run }) => run)).toContain(".ci/run");
    expect(text).not.toContain("sudo");
  },
);

test.each(["drift", "sync"])(
  "%s gives the key to one step, through the environment, and never on a command line",
  async (name) => {
    const { steps } = await workflow(name);
    const withKey = steps.filter((step) => JSON.stringify(step).includes("secrets."));
    expect(withKey).toHaveLength(1);
    expect(withKey[0]?.env).toEqual({ GROQ_API_KEY: "${{ secrets.GROQ_API_KEY }}" });
    expect(withKey[0]?.run).not.toContain("GROQ_API_KEY");
  },
);

test("the nightly check keeps its profile of presence from night to night", async () => {
  const { steps } = await workflow("drift");
  const run = steps.map(({ run }) => run ?? "").find((one) => one.includes("--live"));
  const [, file] = / --presence (\S+) --update-presence /.exec(run ?? "") ?? [];
  expect(file).toBe("presence.json");
  const cache = steps.find(({ uses }) => uses?.startsWith("actions/cache@"));
  expect(cache?.with).toEqual({
    path: file,
    key: "presence-${{ github.run_id }}",
    "restore-keys": "presence-",
  });
});

test("the baseline that the nightly check names is one", async () => {
  const { steps } = await workflow("drift");
  const path = steps.map(({ run }) => / --baseline \.github\/(\S+)/.exec(run ?? "")?.[1]).find(Boolean);
  expect(parseBaseline(await read(String(path)), String(path)).accepted).toBeInstanceOf(Array);
});

test("only the job that opens pull requests may write, and nothing foreign is put into a script", async () => {
  const { content, steps } = await workflow("sync");
  expect(content.permissions).toEqual({ contents: "read" });
  expect(content.jobs.sync?.permissions).toEqual({ contents: "write", "pull-requests": "write" });
  expect(steps.length).toBeGreaterThan(5);
  for (const { run = "" } of steps) expect(run).not.toContain("${{");
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { startGroq } from "./target.ts";

test("a process that is asked to stop while calls wait ends by itself, and soon", async () => {
  await using groq = await startGroq({ fault: { type: "stall", when: "beforeHead" } });
  const script = fileURLToPath(new URL("stopping.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx/esm", script, groq.baseUrl], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const said = text(child.stdout);
    const ended = once(child, "exit");
    await expect.poll(() => groq.openAnswers, { timeout: 15_000 }).toBe(2);
    const askedAt = performance.now();
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    // The calls' own time limits are 60 s.
    expect(performance.now() - askedAt).toBeLessThan(10_000);
    expect(JSON.parse(await said)).toEqual({
      kinds: ["Cancelled", "Cancelled", "Cancelled", "Cancelled", "Cancelled"],
      active: 0,
      waiting: 0,
    });
    await expect.poll(() => groq.openSockets, { timeout: 5000 }).toBe(0);
  } finally {
    child.kill("SIGKILL");
  }
});

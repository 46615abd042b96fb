/** Makes the calls of one client, one after the other as it is told, and says what came. */
import { CONTESTANTS } from "./contestants.js";

const { create } = CONTESTANTS[process.argv[2]];
// What a client lets slip past its promises would end the process, as it would an application's.
let escaped;
for (const kind of ["uncaughtException", "unhandledRejection"])
  process.on(kind, (error) => {
    escaped = describe(error);
  });

process.on("message", async ({ operation, count = 1, number, ...options }) => {
  escaped = undefined;
  if (operation === "stop") return stopWhenAsked(options);
  const client = await create(options);
  const startedAt = performance.now();
  const result = count > 1 ? await many(client, operation, count) : await attempt(client, operation);
  const ms = performance.now() - startedAt;
  // What escapes does so a moment later.
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.send({ ...result, number, ms, ...(escaped && { escaped }) });
});
process.send("ready");

/** Ends the process by nothing but having nothing left to do. */
async function stopWhenAsked(options) {
  const stop = new AbortController();
  process.once("SIGTERM", () => stop.abort());
  const client = await create({ ...options, signal: stop.signal });
  await Promise.all(["chat", "stream", "chat", "stream"].map((operation) => attempt(client, operation)));
  process.disconnect();
}

/** How many of so many calls failed, with pauses between them that end about when the server closes a free connection. */
async function many(client, operation, count) {
  let failures = 0;
  for (let number = 0; number < count; number++) {
    if ((await attempt(client, operation)).error) failures++;
    await new Promise((resolve) => setTimeout(resolve, number % 5 === 0 ? 17 + ((number / 5) % 6) : 0));
  }
  return { failures };
}

async function attempt(client, operation) {
  let text = "";
  try {
    if (operation === "chat") text = await client.chat();
    else
      await client.stream((piece) => {
        text += piece;
      });
    return { text: String(text).slice(0, 1000) };
  } catch (error) {
    return { error: describe(error), before: text };
  }
}

function describe(error) {
  if (typeof error !== "object" || error === null) return { name: typeof error, message: String(error) };
  const { kind, status, statusCode, timeout } = error;
  const name = kind ?? (error.name === "Error" ? error.constructor?.name : error.name) ?? "object";
  return { name, status: status ?? statusCode, timeout, message: String(error.message).slice(0, 200) };
}

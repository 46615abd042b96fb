/** One library, one scenario, one process: prints what it cost as JSON. `node worker.js SUBJECT SCENARIO OPTIONS`. */
import { chatFetch, coalescedFetch, endlessFetch, streamFetch } from "./lib/stub.js";
import { ANSWER, streamLength } from "./lib/wire.js";

const [subject = "", scenario = "", json = "{}"] = process.argv.slice(2);
const options = JSON.parse(json);
const { create } = await import(`./subjects/${subject}.js`);
const STUB_URL = "http://127.0.0.1:9/openai/v1";

const scenarios = {
  chatStub: () => chats(create({ baseUrl: STUB_URL, fetch: chatFetch })),
  chatLoopback: () => chats(create({ baseUrl: `${options.server}/chat/openai/v1` })),
  streamStub: () => streams(create({ baseUrl: STUB_URL, fetch: streamFetch(options.chunks) })),
  streamCoalesced: () => streams(create({ baseUrl: STUB_URL, fetch: coalescedFetch(options.chunks) })),
  streamLoopback: () => streams(create({ baseUrl: `${options.server}/stream-${options.chunks}/openai/v1` })),
  firstChunk: () =>
    firstChunks(
      create({ baseUrl: `${options.server}/pause-10/openai/v1` }),
      create({ baseUrl: `${options.server}/stream-10/openai/v1` }),
    ),
  memory: () =>
    memory(
      create({ baseUrl: STUB_URL, fetch: endlessFetch(options.chunks) }),
      create({ baseUrl: STUB_URL, fetch: endlessFetch(2000) }),
    ),
};

async function chats({ chat }) {
  const run = async () => {
    const text = await chat();
    if (text !== ANSWER) throw new Error(`${subject} answered ${JSON.stringify(text)}`);
  };
  await repeat(run, options.warmup);
  return costOf(run, options.count, 1);
}

async function streams({ stream }) {
  const expected = streamLength(options.chunks);
  const run = async () => {
    let length = 0;
    await stream((text) => {
      length += text.length;
    });
    if (length !== expected) throw new Error(`${subject} gave ${length} characters of ${expected}`);
  };
  await repeat(run, options.warmup);
  return costOf(run, options.count, options.chunks);
}

/** Wall time from the call to its first text, the median over the calls. */
async function firstChunks({ stream }, unpaused) {
  const times = [];
  const run = async () => {
    const start = performance.now();
    let first;
    await stream(() => {
      first ??= performance.now() - start;
    });
    times.push(first);
  };
  await repeat(() => unpaused.stream(() => {}), options.warmup);
  await repeat(run, options.count);
  times.sort((a, b) => a - b);
  return { wallUs: times[times.length >> 1] * 1000 };
}

/** Bytes that stay for each chunk while a stream is read: from an early chunk to the last one. */
async function memory({ stream }, short) {
  const early = Math.min(2000, options.chunks >> 2);
  // So that code and caches made at first use are not counted.
  await short.stream(() => {});
  let chunks = 0;
  let start = 0;
  let bytes = 0;
  await stream((_text) => {
    chunks++;
    if (chunks === early) start = held();
    if (chunks === options.chunks) bytes = held() - start;
  });
  return { bytesPerChunk: bytes / (options.chunks - early), rssMb: process.memoryUsage().rss / 2 ** 20 };
}

function held() {
  // A second one collects what the first one's finalisers let go.
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function repeat(run, count) {
  for (let index = 0; index < count; index++) await run();
}

/** Microseconds for each of `parts` of `count` runs. CPU is that of the whole process, its collector included. */
async function costOf(run, count, parts) {
  const wall = performance.now();
  const cpu = process.cpuUsage();
  await repeat(run, count);
  const { user, system } = process.cpuUsage(cpu);
  return {
    cpuUs: (user + system) / count / parts,
    wallUs: ((performance.now() - wall) * 1000) / count / parts,
  };
}

console.log(JSON.stringify(await scenarios[scenario]()));
process.exit(0);

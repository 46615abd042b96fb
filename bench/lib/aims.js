/** What the project wants of itself. Each aim reads its figure from the results; `undefined` means it was not measured. */
import { BUNDLER_NAMES } from "./bundles.js";

const ours =
  (scenario, subject = "ours") =>
  ({ scenarios }) =>
    scenarios[scenario]?.now?.[subject];
const ratio = (scenario, base) => (results) => ours(scenario)(results)?.against?.[base]?.ratio;
const beyond = (scenario, base) => (results) => ours(scenario)(results)?.against?.[base]?.beyond;

export const AIMS = [
  {
    text: "chat, loopback, on Node by default: × fetch by hand",
    limit: 0.45,
    read: ratio("chatLoopback", "raw"),
  },
  {
    text: "chat, loopback, on Node by default: × node:http by hand",
    limit: 2,
    read: ratio("chatLoopback", "raw-http"),
  },
  { text: "chat, stub: µs beyond fetch by hand", limit: 12, read: beyond("chatStub", "raw") },
  { text: "stream, stub, one chunk a read: × fetch by hand", limit: 1.4, read: ratio("streamStub", "raw") },
  {
    text: "stream, stub, reads of 16 KB: × fetch by hand",
    limit: 1.4,
    read: ratio("streamCoalesced", "raw"),
  },
  { text: "first text: µs after node:http by hand", limit: 100, read: beyond("firstChunk", "raw-http") },
  {
    text: "memory: bytes that stay for each of 100,000 chunks",
    limit: 5,
    read: (results) => ours("memory")(results)?.value,
  },
  {
    text: "import beyond an empty process: × groq-sdk's",
    limit: 1,
    read: ({ imports }) => imports?.now && imports.now.ours.wallMs / imports.now["groq-sdk"].wallMs,
  },
  ...BUNDLER_NAMES.map((bundler) => ({
    text: `hello-chat for a browser, ${bundler}: KB gzipped`,
    limit: 24,
    read: ({ bundles }) => {
      const size = bundles?.ours[bundler];
      return size && (size.failed ? "does not build" : size.gzip / 1000);
    },
  })),
  {
    text: "generator, the project's document: s",
    limit: 2,
    read: ({ generator }) => generator?.[0]?.seconds,
  },
  { text: "generator, a document of 3 MB: s", limit: 5, read: ({ generator }) => generator?.[1]?.seconds },
];

/** One line for each aim: reached or missed, nothing where it was not measured. */
export function judge(results) {
  return AIMS.map(({ text, limit, read }) => {
    const value = read(results);
    const verdict = value === undefined ? undefined : value <= limit ? "reached" : "missed";
    return { aim: text, limit, value, verdict };
  });
}

/** What the project wants of itself. Each aim reads its figure from the results; `undefined` means it was not measured. */

const cpu = (scenario, subject) => (results) => results.scenarios[scenario]?.[subject];

export const AIMS = [
  {
    text: "chat, stub: µs beyond raw fetch",
    limit: 12,
    read: (results) => cpu("chatStub", "ours")(results)?.beyond,
  },
  {
    text: "chat, loopback: × raw fetch with a timeout signal",
    limit: 1.15,
    read: ({ paired }) => paired.chatLoopback?.["ours / raw-signal"],
  },
  {
    text: "chat, loopback, groq-provider/undici: × raw fetch",
    limit: 0.45,
    read: (results) => cpu("chatLoopback", "ours-undici")(results)?.ratio,
  },
  {
    text: "stream, one chunk a read: × raw fetch",
    limit: 1.5,
    read: (results) => cpu("streamStub", "ours")(results)?.ratio,
  },
  {
    text: "stream, coalesced reads: × raw fetch",
    limit: 2,
    read: (results) => cpu("streamCoalesced", "ours")(results)?.ratio,
  },
  {
    text: "first text of a stream: µs after raw fetch",
    limit: 100,
    read: (results) => cpu("firstChunk", "ours")(results)?.beyond,
  },
  {
    text: "memory: bytes for each of 100,000 chunks",
    limit: 5,
    read: (results) => results.scenarios.memory?.ours?.value,
  },
  {
    text: "import: × groq-sdk, both beyond an empty process",
    limit: 1,
    read: ({ imports }) => imports && imports.ours.wallMs / imports["groq-sdk"].wallMs,
  },
  {
    text: "hello-chat bundle: KB, minified and gzipped",
    limit: 15,
    read: ({ bundles }) => bundles && bundles.ours.gzip / 1000,
  },
  {
    text: "generator on the project's document: s",
    limit: 2,
    read: ({ generator }) => generator?.[0]?.seconds,
  },
];

/** One line for each aim: reached, missed or not measured. */
export function judge(results) {
  return AIMS.map(({ text, limit, read }) => {
    const value = read(results);
    const verdict = value === undefined ? "not measured" : value <= limit ? "reached" : "missed";
    return { aim: text, limit, value, verdict };
  });
}

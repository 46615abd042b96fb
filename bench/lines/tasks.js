/** The tasks: what the server does, and what a program must print. */

const ANSWER = "A river through Paris.";
const booking = { city: "Lisbon", people: 4, outdoors: true };
const questions = Array.from({ length: 100 }, (_, number) => `What is ${number} times 2?`);
const call = (args) => ({ toolCalls: [{ name: "get_weather", arguments: args }] });

export const TASKS = [
  {
    id: "first-answer",
    title: "a first answer",
    server: { reply: { text: ANSWER } },
    prints: (text) => text.trim() === ANSWER,
  },
  {
    id: "stream",
    title: "a stream, and the tokens that it used",
    server: { reply: { text: ANSWER, usage: { promptTokens: 30, completionTokens: 12 } } },
    prints: (text) => text.trim() === `${ANSWER}\n42 tokens`,
  },
  {
    id: "tools",
    title: "a tool, whose arguments the model first gets wrong",
    server: { reply: [call({ town: 7 }), call({ city: "Lisbon" }), { text: "No umbrella: 17 degrees." }] },
    prints: (text) => text.trim() === "No umbrella: 17 degrees.",
  },
  {
    id: "object",
    title: "an answer as data",
    server: { reply: { text: JSON.stringify(booking) } },
    prints: (text) => text.trim() === "4 Lisbon",
  },
  {
    id: "batch",
    title: "100 calls, of which the server takes 10 a second and spoils some",
    server: {
      reply: ({ messages }) => `Answer to: ${messages.at(-1).content}`,
      limits: { requestsPerMinute: 20, minuteMs: 2000 },
      fault: (_, count) =>
        count % 25 === 0
          ? { type: "reset", when: "beforeHead" }
          : count % 40 === 0
            ? { type: "answer", status: 500, headers: { "content-type": "application/json" }, body: "{}" }
            : undefined,
    },
    prints: (text) => text.trim() === questions.map((question) => `Answer to: ${question}`).join("\n"),
  },
];

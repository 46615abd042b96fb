/** What the suite talks to: embedded Groqs, each at its own port, and a front that starts and watches them. */
import { readFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { extname, join, normalize } from "node:path";
import { scenarios } from "./inside/scenarios.js";

const TYPES = { ".html": "text/html", ".js": "text/javascript" };

/**
 * `/control/start/SCENARIO` starts a Groq, `/control/seen/ID` tells what it saw, `/groq/ID/…` forwards to it, and the
 * rest are files of `root`. Every answer allows any origin, since browsers ask for that.
 */
export async function startFront(startEmbeddedGroq, root) {
  const groqs = [];

  const routes = {
    async start(scenario) {
      const groq = await startEmbeddedGroq(scenarios[scenario]);
      return { id: groqs.push(groq) - 1, baseUrl: groq.baseUrl };
    },
    seen: async (id) => ({ asked: groqs[id].requests.length, openAnswers: groqs[id].openAnswers }),
  };

  const server = createServer(async (incoming, outgoing) => {
    outgoing.setHeader("access-control-allow-origin", "*");
    outgoing.setHeader("access-control-expose-headers", "*");
    outgoing.setHeader(
      "access-control-allow-headers",
      incoming.headers["access-control-request-headers"] ?? "",
    );
    if (incoming.method === "OPTIONS") return outgoing.writeHead(204).end();
    const [, first, second, third] = incoming.url.split("/");
    try {
      if (first === "control") {
        outgoing.setHeader("content-type", "application/json");
        return outgoing.end(JSON.stringify(await routes[second](third)));
      }
      if (first === "groq") return forward(groqs[second], incoming, outgoing);
      const path = normalize(incoming.url).slice(1);
      const body = await readFile(join(root, path));
      outgoing.setHeader("content-type", TYPES[extname(path)] ?? "text/plain");
      outgoing.end(body);
    } catch (error) {
      outgoing.writeHead(404).end(String(error));
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: server.address().port,
    url: `http://127.0.0.1:${server.address().port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await Promise.all(groqs.map((groq) => groq.close()));
    },
  };
}

/** Byte for byte, and a side that goes away takes the other with it. */
function forward(groq, incoming, outgoing) {
  const path = incoming.url.replace(/^\/groq\/\d+/, "");
  const { method, headers } = incoming;
  const onward = request(`${groq.url}${path}`, { method, headers, agent: false }, (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    outgoing.flushHeaders();
    answer.pipe(outgoing);
    answer.on("error", () => outgoing.destroy());
  });
  onward.on("error", () => outgoing.destroy());
  outgoing.on("close", () => onward.destroy());
  incoming.pipe(onward);
}

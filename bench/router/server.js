/**
 * Both servers of a scenario in a process of their own. Tells where they are; at "begin" their faults begin; at "report" tells
 * how often each was asked since.
 */
import { startEmbeddedGroq } from "../../src/testing/index.ts";
import { SCENARIOS, serverOptions } from "./scenarios.js";

const scenario = SCENARIOS[process.argv[2]];
let startedAt;
const now = () => performance.now() - startedAt;
const asked = [0, 0];
const servers = await Promise.all(
  [0, 1].map((place) => {
    const options = serverOptions(scenario, place, now);
    return startEmbeddedGroq({
      ...options,
      fault: (request) => {
        if (startedAt === undefined) return undefined;
        asked[place] += 1;
        return options.fault?.(request);
      },
    });
  }),
);
process.on("disconnect", () => process.exit());
process.on("message", (word) => {
  if (word === "begin") startedAt = performance.now();
  process.send({ asked });
});
process.send({ baseUrls: servers.map(({ baseUrl }) => baseUrl) });

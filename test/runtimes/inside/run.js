/** The suite as a runtime runs it: within the program, and over sockets when it is given the address of a front. */
import { overSockets, withinProgram } from "./connect.js";
import { runCases } from "./expect.js";
import { cases } from "./suite.js";

export async function runSuite({ library, configuration, testing, inApp, fronts = {}, dependencies }) {
  const ways = { "in program": withinProgram(library, testing) };
  for (const [way, front] of Object.entries(fronts)) {
    ways[way] = overSockets(library, front, way === "other origin" || way === "same origin", dependencies);
  }
  const results = [];
  for (const [way, connect] of Object.entries(ways)) {
    for (const result of await runCases(cases, { library, configuration, inApp, connect }))
      results.push({ way, ...result });
  }
  return results;
}

/** Makes one call and has nothing left to do: run by node-agent.test.ts. */
import { createNodeExchange } from "../../../src/provider/http/node-exchange.ts";
import { init, textOf } from "./requests.ts";

const [url = ""] = process.argv.slice(2);
const answer = await createNodeExchange()(url, init());
const text = await textOf(answer.body);
const timers = process.getActiveResourcesInfo().filter((name) => name === "Timeout" || name === "Immediate");
console.log(JSON.stringify({ text, timers }));

/** One contestant in a process of its own: makes all calls at once, and tells when the last ended and how many failed. */
import { CONTESTANTS } from "./contestants.js";

const { contestant, limit, calls, baseUrl } = JSON.parse(process.argv[2]);
const call = await (await CONTESTANTS[contestant].make(limit))(baseUrl);
const failures = {};
const start = performance.now();
await Promise.all(
  Array.from({ length: calls }, () =>
    call().catch((error) => {
      const name = error.kind ?? error.status ?? error.message;
      failures[name] = (failures[name] ?? 0) + 1;
    }),
  ),
);
process.send({ ms: performance.now() - start, failures });
process.disconnect();

/** For workerd: one request runs the suite and is answered with the results. No compatibility with Node is asked for. */
import * as library from "groq-provider";
import * as configuration from "groq-provider/config";
import * as inApp from "groq-provider/drift/in-app";
import * as testing from "groq-provider/testing";
import { runSuite } from "./run.js";

export default {
  async fetch(request) {
    const front = new URL(request.url).searchParams.get("front");
    return Response.json(
      await runSuite({ library, configuration, testing, inApp, fronts: { sockets: front } }),
    );
  },
};

/** The connections that are kept between calls, where no agent is handed in. */
import { type ClientRequest, Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Duplex } from "node:stream";

/**
 * A free connection is kept for 30 s: below the minute after which common load balancers drop it. A server that announces a
 * shorter time is believed. Free connections do not keep the process alive.
 */
const OPTIONS = { keepAlive: true, timeout: 30_000 };

/** Bytes that nobody asked for would be taken for the beginning of the next answer. */
function giveUp(this: Duplex): void {
  this.destroy();
}

class WatchingHttpAgent extends HttpAgent {
  override keepSocketAlive(socket: Duplex) {
    socket.on("data", giveUp);
    // Node reads a boolean here, which its types do not tell.
    return super.keepSocketAlive(socket);
  }

  override reuseSocket(socket: Duplex, request: ClientRequest) {
    socket.off("data", giveUp);
    super.reuseSocket(socket, request);
  }
}

class WatchingHttpsAgent extends HttpsAgent {
  override keepSocketAlive(socket: Duplex) {
    socket.on("data", giveUp);
    return super.keepSocketAlive(socket);
  }

  override reuseSocket(socket: Duplex, request: ClientRequest) {
    socket.off("data", giveUp);
    super.reuseSocket(socket, request);
  }
}

let http: HttpAgent | undefined;
let https: HttpsAgent | undefined;

/** One for the process: whoever needs connections of their own hands an agent in. */
export function keptAgent(isTls: boolean): HttpAgent {
  if (isTls) {
    https ??= new WatchingHttpsAgent(OPTIONS);
    return https;
  }
  http ??= new WatchingHttpAgent(OPTIONS);
  return http;
}

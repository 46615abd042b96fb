/** A transport without a network: each answers with a real `Response`, made anew for every call. */
import {
  CHAT_BODY,
  CHAT_HEADERS,
  END_EVENTS,
  ROLE_EVENT,
  STREAM_HEADERS,
  streamEvents,
  textEvent,
} from "./wire.js";

const encoder = new TextEncoder();

export const chatFetch = async () => new Response(CHAT_BODY, { status: 200, headers: CHAT_HEADERS });

/** One event a read. */
export function streamFetch(chunks) {
  return readsFetch(streamEvents(chunks).map((event) => encoder.encode(event)));
}

/** Reads of 16 KB, which end within events. */
export function coalescedFetch(chunks) {
  const bytes = encoder.encode(streamEvents(chunks).join(""));
  const reads = [];
  for (let start = 0; start < bytes.length; start += 16_384)
    reads.push(bytes.subarray(start, start + 16_384));
  return readsFetch(reads);
}

function readsFetch(reads) {
  return async () => {
    let next = 0;
    return streamResponse(() => reads[next++]);
  };
}

/** One event a read, made when it is asked for, so that the stub itself holds no memory. */
export function endlessFetch(chunks) {
  return async () => {
    let next = 0;
    return streamResponse(() => {
      const index = next++;
      if (index === 0) return encoder.encode(ROLE_EVENT);
      if (index <= chunks) return encoder.encode(textEvent(index - 1));
      const end = END_EVENTS[index - chunks - 1];
      return end === undefined ? undefined : encoder.encode(end);
    });
  };
}

function streamResponse(read) {
  const body = new ReadableStream({
    pull(controller) {
      const bytes = read();
      if (bytes) controller.enqueue(bytes);
      else controller.close();
    },
  });
  return new Response(body, { status: 200, headers: STREAM_HEADERS });
}

/** Ways in which an answer goes wrong. Each takes a right answer and spoils it. */
import { type Answer, type Step, send, toEvent } from "./answer.ts";

/** What goes wrong with an answer. */
export type Fault =
  /** The connection breaks before the head, after it, or within the body. */
  | {
      type: "reset";
      /** Where it breaks. */
      when: "beforeHead" | "afterHead" | "inBody";
    }
  /** Nothing more comes: instead of the head, or within the body, with keep-alive comments if asked for. */
  | {
      type: "stall";
      /** Where it stops. */
      when: "beforeHead" | "afterHead" | "inBody";
      /** Milliseconds between two comments. Default: none come. */
      commentEveryMs?: number;
    }
  /** Header lines keep coming, one every so many milliseconds (default 5), and the head never ends. */
  | {
      type: "endlessHead";
      /** Milliseconds between two lines. Default 5. */
      everyMs?: number;
    }
  /** Every step of the body takes this long. */
  | {
      type: "slow";
      /** Milliseconds. */
      ms: number;
    }
  /** A stream that stays open after `[DONE]`. */
  | { type: "openAfterDone" }
  /** A stream that ends, in good order, before its finish chunk. */
  | { type: "cutStream" }
  /** Another answer altogether: HTML, an empty 502, broken JSON, a redirect, a `retry-after` of any kind. */
  | {
      type: "answer";
      /** HTTP status. */
      status: number;
      /** Beside the content type, `text/html` unless it is given here. */
      headers?: Record<string, string>;
      /** Default: empty. */
      body?: string;
    }
  /** The same body under another content type. */
  | {
      type: "contentType";
      /** The header's value. */
      contentType: string;
    }
  /**
   * A content-length that is off by so many bytes. Positive: more is promised than comes before the connection
   * breaks. Negative: more comes than was promised, which only a socket shows.
   */
  | {
      type: "contentLength";
      /** Bytes. */
      offBy: number;
    }
  /** Says that the body is gzip and cuts it. */
  | { type: "cutGzip" }
  /** A body of so many bytes, of the answer's own content type. */
  | {
      type: "hugeBody";
      /** How many. */
      bytes: number;
    }
  /** An event of a stream whose line does not end before so many bytes. */
  | {
      type: "longLine";
      /** How many. */
      bytes: number;
    }
  /** The body in pieces of so many bytes; or at random places, the same for the same `seed`. */
  | {
      type: "split";
      /** Of one piece; of random ones the mean. */
      bytes: number;
      /** Any whole number. */
      seed?: number;
    }
  /** A stream with other line ends. */
  | {
      type: "lineEnds";
      /** Instead of a line feed. */
      lineEnd: "\r\n" | "\r";
    }
  /** A comment before each event. */
  | { type: "comments" }
  /** Bytes that are no UTF-8 within the first text of the body. */
  | { type: "invalidUtf8" }
  /** An error event in a stream of status 200, after which nothing comes, not even `[DONE]`. */
  | {
      type: "errorEvent";
      /** Before which of the stream's events. */
      position: "first" | "middle" | "last";
      /** The error's body. Default: a refused tool call. */
      error?: Record<string, unknown>;
    }
  /** The other form of an error in a stream: `x_groq.error` in a chunk. */
  | {
      type: "xGroqError";
      /** The error's text. */
      message?: string;
    }
  /** Closes the kept-alive connection after the answer, without having said so. */
  | { type: "closeAfter" };

// A client drops what it has not read yet when the connection breaks, so a busy one gets time to read what came before.
const RESET_AFTER_MS = 50;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** The answer with its fault. */
export function spoil(answer: Answer, fault: Fault): Answer {
  const changed = (change: (steps: Step[]) => Iterable<Step>): Answer => ({
    ...answer,
    steps: change([...answer.steps]),
  });
  switch (fault.type) {
    case "reset":
      if (fault.when === "beforeHead") return { ...answer, instead: "reset" };
      return changed((steps) => [
        ...(fault.when === "inBody" ? half(steps) : []),
        { type: "wait", ms: RESET_AFTER_MS },
        { type: "reset" },
      ]);
    case "stall": {
      if (fault.when === "beforeHead") return { ...answer, instead: "hang" };
      const { commentEveryMs } = fault;
      const hang: Step = { type: "hang", ...(commentEveryMs !== undefined && { commentEveryMs }) };
      return changed((steps) => [...(fault.when === "inBody" ? half(steps) : []), hang]);
    }
    case "endlessHead":
      return { ...answer, instead: { endlessHeadEveryMs: fault.everyMs ?? 5 } };
    case "slow":
      return changed((steps) => steps.flatMap((step): Step[] => [{ type: "wait", ms: fault.ms }, step]));
    case "openAfterDone":
      return changed((steps) => [...steps, { type: "hang" }]);
    case "cutStream":
      return changed(beforeFinish);
    case "answer": {
      const { status, headers = {}, body = "" } = fault;
      return {
        ...answer,
        status,
        headers: { "content-type": "text/html", ...headers },
        steps: body === "" ? [] : [send(body)],
      };
    }
    case "contentType":
      return { ...answer, headers: { ...answer.headers, "content-type": fault.contentType } };
    case "contentLength": {
      const steps = [...answer.steps];
      const length = steps.reduce((sum, step) => sum + (step.type === "send" ? step.bytes.length : 0), 0);
      return {
        ...answer,
        headers: { ...answer.headers, "content-length": String(length + fault.offBy) },
        steps: fault.offBy > 0 ? [...steps, { type: "wait", ms: RESET_AFTER_MS }, { type: "reset" }] : steps,
      };
    }
    case "cutGzip":
      return {
        ...answer,
        headers: { ...answer.headers, "content-encoding": "gzip" },
        // The head of a gzip member and the start of a block that never ends.
        steps: [{ type: "send", bytes: new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xab, 0x56]) }],
      };
    case "hugeBody":
      return { ...answer, steps: flood('{"id":"', fault.bytes) };
    case "longLine":
      return { ...answer, steps: flood("data: ", fault.bytes) };
    case "split":
      return changed((steps) => split(joined(steps), fault.bytes, fault.seed));
    case "lineEnds":
      return changed((steps) =>
        steps.map((step) => mapText(step, (text) => text.replaceAll("\n", fault.lineEnd))),
      );
    case "comments":
      return changed((steps) => steps.flatMap((step) => [send(": keep-alive\n\n"), step]));
    case "invalidUtf8":
      return changed((steps) => steps.map(breakUtf8));
    case "errorEvent":
      return changed((steps) => [
        ...before(steps, fault.position),
        send(toEvent({ error: fault.error ?? TOOL_USE_FAILED }, "error")),
      ]);
    case "xGroqError":
      return changed((steps) => [...half(steps), send(toEvent(errorChunk(fault.message)))]);
    case "closeAfter":
      return { ...answer, closes: true };
  }
}

const TOOL_USE_FAILED = {
  message: "The generated call does not fit its tool.",
  type: "invalid_request_error",
  code: "tool_use_failed",
  failed_generation: '{"name":"lookup"',
  status_code: 400,
};

const errorChunk = (error = "The model stopped.") => ({
  id: "chatcmpl-stopped",
  object: "chat.completion.chunk",
  created: 1,
  model: "openai/gpt-oss-20b",
  choices: [],
  x_groq: { error },
});

function beforeFinish(steps: Step[]): Step[] {
  const finish = steps.findIndex((step) => /"finish_reason":"/.test(textOf(step)));
  return steps.slice(0, Math.max(1, finish));
}

const textOf = (step: Step) => (step.type === "send" ? decoder.decode(step.bytes) : "");

function half(steps: Step[]): Step[] {
  const [only] = steps;
  if (steps.length === 1 && only?.type === "send") {
    return [{ type: "send", bytes: only.bytes.subarray(0, Math.floor(only.bytes.length / 2)) }];
  }
  return steps.slice(0, Math.floor(steps.length / 2));
}

function before(steps: Step[], position: "first" | "middle" | "last"): Step[] {
  if (position === "first") return [];
  return position === "middle" ? half(steps) : steps.slice(0, -1);
}

function mapText(step: Step, change: (text: string) => string): Step {
  return step.type === "send"
    ? { type: "send", bytes: encoder.encode(change(decoder.decode(step.bytes))) }
    : step;
}

/** Made while it is sent, since it is larger than what should be held. */
function* flood(start: string, bytes: number): Generator<Step> {
  yield send(start);
  const block = encoder.encode("x".repeat(64 * 1024));
  for (let sent = 0; sent < bytes; sent += block.length) yield { type: "send", bytes: block };
}

function joined(steps: Step[]): Uint8Array {
  const parts = steps.flatMap((step) => (step.type === "send" ? [step.bytes] : []));
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function split(bytes: Uint8Array, size: number, seed: number | undefined): Step[] {
  const steps: Step[] = [];
  let state = seed ?? 0;
  for (let at = 0; at < bytes.length; ) {
    // A linear congruential generator: a test that fails must fail again.
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const length = seed === undefined ? size : 1 + (state % Math.max(1, 2 * size - 1));
    // A wait of nothing still ends the packet.
    steps.push({ type: "send", bytes: bytes.subarray(at, at + length) }, { type: "wait", ms: 0 });
    at += length;
  }
  return steps;
}

/** The first letter of the first content becomes a byte that never stands in UTF-8. */
function breakUtf8(step: Step): Step {
  if (step.type !== "send") return step;
  const at = decoder.decode(step.bytes).search(/(?<="content":")[^"]/);
  if (at < 0) return step;
  const bytes = Uint8Array.from(step.bytes);
  bytes[at] = 0xff;
  return { type: "send", bytes };
}

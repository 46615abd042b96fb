/** Bodies of another shape, other bytes, and answers that break the rules of HTTP. */

import type { Family } from "../assault.ts";
import { mutate } from "../hostile.ts";
import { Random } from "../random.ts";
import {
  bytesOf,
  cut,
  DONE,
  EVENT_TYPE,
  FRAMINGS,
  framed,
  headOf,
  isStream,
  JSON_TYPE,
  type Request,
  toEvent,
  toJson,
  validBody,
  validChunks,
} from "../wire.ts";

/** JSON of the right kind with some of its places changed. */
export const texts: Family = {
  name: "JSON of other shapes",
  weight: 4,
  make(random) {
    const seed = random.int(0, 2 ** 31);
    const heavy = random.chance(0.15);
    const longest = heavy ? 2_000_000 : 2000;
    const times = random.int(1, 4);
    const framing = random.pick(FRAMINGS);
    const asJson = random.chance(0.15);
    return {
      name: `${times} places changed, texts up to ${longest}`,
      heavy,
      answer(request) {
        const inner = new Random(seed);
        if (!isStream(request) || asJson) {
          const body = toJson(mutate(inner, validBody(request), times, longest));
          return framed({ type: JSON_TYPE }, cut(inner, body, inner.int(1, 3)), framing);
        }
        const chunks = validChunks(request);
        const which = inner.int(0, chunks.length - 1);
        const changed = chunks.map((chunk, index) =>
          index === which || inner.chance(0.2) ? mutate(inner, chunk, times, longest) : chunk,
        );
        return framed(
          { type: EVENT_TYPE },
          [...changed.map((chunk) => toEvent(toJson(chunk))), DONE],
          framing,
        );
      },
    };
  },
};

const wholeText = (request: Request) =>
  isStream(request)
    ? validChunks(request)
        .map((chunk) => toEvent(toJson(chunk)))
        .join("") + DONE
    : toJson(validBody(request));
const typeOf = (request: Request) => (isStream(request) ? EVENT_TYPE : JSON_TYPE);

type Change = (random: Random, bytes: Uint8Array) => Uint8Array;

const joined = (...parts: (string | Uint8Array)[]) => new Uint8Array(Buffer.concat(parts.map(bytesOf)));
const CHANGES: Record<string, Change> = {
  "cut short": (random, bytes) => bytes.subarray(0, random.int(0, bytes.length - 1)),
  "bytes changed": (random, bytes) => {
    const copy = Uint8Array.from(bytes);
    for (let times = random.int(1, 8); times > 0; times--)
      copy[random.int(0, copy.length - 1)] = random.int(0, 255);
    return copy;
  },
  "bytes put in": (random, bytes) => {
    const at = random.int(0, bytes.length);
    const added = Uint8Array.from({ length: random.int(1, 9) }, () => random.int(0, 255));
    return joined(bytes.subarray(0, at), added, bytes.subarray(at));
  },
  "a piece twice": (random, bytes) => {
    const [from, to] = [random.int(0, bytes.length), random.int(0, bytes.length)].sort((a, b) => a - b);
    return joined(bytes.subarray(0, to), bytes.subarray(from));
  },
  "byte order mark": (_, bytes) => joined(Uint8Array.of(0xef, 0xbb, 0xbf), bytes),
  "UTF-16": (_, bytes) => new Uint8Array(Buffer.from(Buffer.from(bytes).toString("utf8"), "utf16le")),
  "zeros after": (random, bytes) => joined(bytes, new Uint8Array(random.size(1, 10_000))),
  "blanks before": (random, bytes) => joined(" \n\t\r".repeat(random.size(1, 20_000)), bytes),
  "garbage after": (random, bytes) =>
    joined(bytes, random.pick(["}", "null", "\n{}", "<html>", "data: x\n\n", "\ud800"])),
  twice: (_, bytes) => joined(bytes, bytes),
  nothing: () => new Uint8Array(),
  HTML: (random) =>
    bytesOf(
      `<!doctype html><html><title>Sign in</title>${random.pick(["<p>", "<!--", "<", " "]).repeat(random.size(1, 50_000))}`,
    ),
  "XML error": () =>
    bytesOf('<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Reduce</Message></Error>'),
  "a JSON text": (_, bytes) => bytesOf(JSON.stringify(Buffer.from(bytes).toString("utf8"))),
};

/** The right answer with other bytes. */
export const bytes: Family = {
  name: "other bytes",
  weight: 2,
  make(random) {
    const seed = random.int(0, 2 ** 31);
    const name = random.pick(Object.keys(CHANGES));
    const change = CHANGES[name] as Change;
    const framing = random.pick(FRAMINGS);
    const type = random.chance(0.8)
      ? undefined
      : random.pick(["text/plain", "text/html", "", "a/b; charset=utf-16", "\u00ff"]);
    return {
      name,
      answer(request) {
        const inner = new Random(seed);
        const body = change(inner, bytesOf(wholeText(request)));
        return framed({ type: type ?? typeOf(request) }, cut(inner, body, inner.int(1, 4)), framing);
      },
    };
  },
};

type Break = (random: Random, request: Request) => string;

const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const BREAKS: Record<string, Break> = {
  "no HTTP at all": (random) =>
    random.pick(["\u0000\u0001\u0002", "SSH-2.0-x\r\n", "\x15\x03\x01\x00\x02\x02\x16", "garbage\r\n\r\n"]),
  "HTTP/0.9": (_, request) => wholeText(request),
  "HTTP/2 preface": () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "strange version": (random) =>
    `HTTP/${random.pick(["9.9", "1.2", "-1", "1.1.1", ""])} 200 OK\r\ncontent-length: 2\r\n\r\n{}`,
  "strange status": (random) =>
    `HTTP/1.1 ${random.pick(["0", "-1", "20", "2000", "abc", "200.5", "", "1e3", "000"])} OK\r\ncontent-length: 2\r\n\r\n{}`,
  "strange length": (random, request) =>
    `HTTP/1.1 200 OK\r\ncontent-length: ${random.pick(["-1", "1e3", "abc", "99999999999999999999", "0x10", "+5", "", "5, 5", "5, 6"])}\r\n\r\n${wholeText(request)}`,
  "two lengths": (random, request) =>
    `HTTP/1.1 200 OK\r\ncontent-length: ${random.int(0, 50)}\r\ncontent-length: 100\r\n\r\n${wholeText(request)}`,
  "length and chunks": (_, request) =>
    `HTTP/1.1 200 OK\r\ncontent-length: 10\r\ntransfer-encoding: chunked\r\n\r\n${chunk(wholeText(request))}0\r\n\r\n`,
  "bad chunk size": (random, request) =>
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${random.pick(["zz", "-1", "ffffffffffffffffff", "", "0x10", "1;"])}\r\n${wholeText(request)}\r\n0\r\n\r\n`,
  "chunk longer than it says": (_, request) =>
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n${wholeText(request)}\r\n0\r\n\r\n`,
  "chunk extensions": (random, request) =>
    `HTTP/1.1 200 OK\r\ncontent-type: ${typeOf(request)}\r\ntransfer-encoding: chunked\r\n\r\n${Buffer.byteLength(wholeText(request)).toString(16)};${"x=y;".repeat(random.size(1, 20_000))}\r\n${wholeText(request)}\r\n0\r\n\r\n`,
  trailers: (random, request) =>
    `HTTP/1.1 200 OK\r\ncontent-type: ${typeOf(request)}\r\ntransfer-encoding: chunked\r\n\r\n${chunk(wholeText(request))}0\r\n${"x-late: 1\r\n".repeat(random.size(1, 20_000))}\r\n`,
  "unknown transfer encoding": (random, request) =>
    `HTTP/1.1 200 OK\r\ntransfer-encoding: ${random.pick(["gzip", "identity", "chunked, chunked", "constructor", "xchunked"])}\r\n\r\n${wholeText(request)}`,
  "folded headers": (_, request) =>
    `HTTP/1.1 200 OK\r\nx-a: 1\r\n 2\r\n\t3\r\ncontent-length: ${Buffer.byteLength(wholeText(request))}\r\n\r\n${wholeText(request)}`,
  "bad header lines": (random, request) =>
    `HTTP/1.1 200 OK\r\n${random.pick(["no colon", ": no name", "a b: c", "x: \u0000", "x: \u00ff", "x\r\n", "é: 1"])}\r\ncontent-length: ${Buffer.byteLength(wholeText(request))}\r\n\r\n${wholeText(request)}`,
  "bare line feeds": (_, request) =>
    `HTTP/1.1 200 OK\ncontent-length: ${Buffer.byteLength(wholeText(request))}\n\n${wholeText(request)}`,
  "many headers": (random, request) =>
    headOf(
      { headers: Array.from({ length: random.size(100, 5000) }, (_, index) => [`x-${index}`, "1"] as const) },
      [`content-length: ${Buffer.byteLength(wholeText(request))}`],
    ) + wholeText(request),
  "long header": (random, request) =>
    headOf({ headers: [["x-long", "y".repeat(random.size(1000, 100_000))]] }, [
      `content-length: ${Buffer.byteLength(wholeText(request))}`,
    ]) + wholeText(request),
  "long reason": (random, request) =>
    headOf({ reason: "OK ".repeat(random.size(10, 20_000)) }, [
      `content-length: ${Buffer.byteLength(wholeText(request))}`,
    ]) + wholeText(request),
  "early hints first": (random, request) =>
    "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n".repeat(random.size(1, 2000)) +
    headOf({ type: typeOf(request) }, [`content-length: ${Buffer.byteLength(wholeText(request))}`]) +
    wholeText(request),
  "continue first": (_, request) =>
    `HTTP/1.1 100 Continue\r\n\r\n${headOf({ type: typeOf(request) }, [`content-length: ${Buffer.byteLength(wholeText(request))}`])}${wholeText(request)}`,
  "switching protocols": (random) =>
    `HTTP/1.1 101 Switching Protocols\r\nupgrade: ${random.pick(["websocket", "h2c"])}\r\nconnection: upgrade\r\n\r\nxyz`,
  "two answers": (_, request) =>
    (
      headOf({ type: typeOf(request) }, [`content-length: ${Buffer.byteLength(wholeText(request))}`]) +
      wholeText(request)
    ).repeat(2),
  "an answer to nothing asked": (_, request) =>
    `${headOf({ type: typeOf(request) }, [`content-length: ${Buffer.byteLength(wholeText(request))}`])}${wholeText(request)}HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
  "body where none may be": (random, request) =>
    `HTTP/1.1 ${random.pick(["204 No Content", "304 Not Modified", "205 Reset Content"])}\r\ncontent-length: 20\r\n\r\n${wholeText(request)}`,
};

/** What no HTTP server sends. */
export const framing: Family = {
  name: "broken HTTP",
  weight: 2,
  make(random) {
    const seed = random.int(0, 2 ** 31);
    const name = random.pick(Object.keys(BREAKS));
    const closes = random.chance(0.7);
    return {
      name: `${name}${closes ? "" : ", left open"}`,
      *answer(request) {
        const inner = new Random(seed);
        const text = (BREAKS[name] as Break)(inner, request);
        for (const part of cut(inner, Buffer.from(text, "latin1"), inner.int(1, 3))) {
          yield { do: "send", bytes: part };
          yield { do: "wait", ms: 0 };
        }
        // Otherwise the connection stays: the client may keep it, if what came was an answer.
        if (closes) yield { do: "end" };
      },
    };
  },
};

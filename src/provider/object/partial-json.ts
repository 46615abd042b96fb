/** What a JSON text holds while it still arrives. */
import type { JsonValue } from "../base/types.ts";
import { COPYING_PER_CHARACTER, costOf, costOfText } from "./snapshot-cost.ts";

type JsonRecord = { [key: string]: JsonValue };
/** `key` is the property whose value comes next. `members`, `cost`: how many it has, and what a copy of it takes. */
type Container = { members: number; cost: number } & (
  | { kind: "array"; value: JsonValue[] }
  | { kind: "object"; value: JsonRecord; key?: string | undefined }
);

type State =
  | "value"
  | "valueOrEnd"
  | "keyOrEnd"
  | "key"
  | "colon"
  | "commaOrEnd"
  | "string"
  | "atom"
  | "done"
  | "broken";

const ESCAPES: { readonly [letter: string]: string } = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/**
 * Reads JSON piece by piece and tells at any time what stands so far: a string as far as it came, but no number,
 * literal or key before its end, because half of one is another. Work grows with the text, not with its square.
 *
 * Text that is not JSON, or is nested deeper than `maxDepth`, stops it where it goes wrong: `latest` stays at what was
 * whole before. A key `__proto__` becomes an own property, as with `JSON.parse`.
 */
export class PartialJson {
  readonly #maxDepth: number;
  #state: State = "value";
  #stack: Container[] = [];
  #root: JsonValue | undefined;
  /** The string or atom being read, and for a string whether it is a key. */
  #token = "";
  #isKey = false;
  /** An escape sequence that has begun, without its end. */
  #escape = "";

  #charactersRead = 0;
  /** What copies of all open containers would cost now, and what all snapshots did cost. */
  #cost = 0;
  #spent = 0;
  #snapshot: JsonValue | undefined;
  #isHeldBack = false;

  constructor(maxDepth = Number.POSITIVE_INFINITY) {
    this.#maxDepth = maxDepth;
  }

  /** Reads on. */
  push(text: string): void {
    this.#charactersRead += text.length;
    for (let i = 0; i < text.length && this.#state !== "broken"; i++) {
      if (this.#state === "string" && this.#escape === "") {
        // Runs of plain characters are taken at once: most of a text is in its strings.
        const end = endOfRun(text, i);
        if (end > i) {
          this.#token += text.slice(i, end);
          i = end - 1;
          continue;
        }
      }
      this.#read(text[i] as string);
    }
  }

  /**
   * The value so far; undefined before it begins. As `latest`, but the same as before where a new copy would cost more than
   * the text that was read since: asked for after each piece, all snapshots together cost what the text costs. A copy for
   * each piece of a list of 40,000 numbers would cost 40,000² / 2 items.
   */
  snapshot(): JsonValue | undefined {
    const cost = this.#cost + (this.#state === "string" ? costOfText(this.#token.length) : 0);
    this.#isHeldBack = this.#spent + cost > this.#charactersRead * COPYING_PER_CHARACTER;
    if (this.#isHeldBack) return this.#snapshot;
    this.#spent += cost;
    this.#snapshot = this.latest();
    return this.#snapshot;
  }

  /** Whether `snapshot` last gave less than there was. */
  get isHeldBack(): boolean {
    return this.#isHeldBack;
  }

  /**
   * The value up to the last character that was read. Parts that can still change are copied, finished ones are shared
   * between snapshots: don't write to them.
   */
  latest(): JsonValue | undefined {
    let inner: JsonValue | undefined =
      this.#state === "string" && !this.#isKey ? withoutHalfPair(this.#token) : undefined;
    for (let i = this.#stack.length - 1; i >= 0; i--) {
      const container = this.#stack[i] as Container;
      if (container.kind === "array") {
        const copy = container.value.slice();
        if (inner !== undefined) copy.push(inner);
        inner = copy;
      } else {
        const copy = { ...container.value };
        if (inner !== undefined && container.key !== undefined) define(copy, container.key, inner);
        inner = copy;
      }
    }
    return inner ?? this.#root;
  }

  #read(c: string): void {
    if (this.#state === "string") {
      this.#readString(c);
      return;
    }
    if (this.#state === "atom") {
      if (/[-+.\w]/.test(c)) {
        this.#token += c;
        return;
      }
      this.#endAtom();
      if (this.#is("broken")) return;
    }
    if (c === " " || c === "\n" || c === "\r" || c === "\t") return;
    this.#readStructure(c);
  }

  // TypeScript narrows #state too far after a call that changes it.
  #is(state: State): boolean {
    return this.#state === state;
  }

  #readStructure(c: string): void {
    switch (this.#state) {
      case "value":
        this.#beginValue(c);
        return;
      case "valueOrEnd":
        if (c === "]") this.#close();
        else this.#beginValue(c);
        return;
      case "keyOrEnd":
      case "key":
        if (c === '"') this.#beginString(true);
        else if (c === "}" && this.#state === "keyOrEnd") this.#close();
        else this.#state = "broken";
        return;
      case "colon":
        this.#state = c === ":" ? "value" : "broken";
        return;
      case "commaOrEnd": {
        const isArray = this.#stack.at(-1)?.kind === "array";
        if (c === ",") this.#state = isArray ? "value" : "key";
        else if (c === (isArray ? "]" : "}")) this.#close();
        else this.#state = "broken";
        return;
      }
      default:
        this.#state = "broken";
    }
  }

  #beginValue(c: string): void {
    if (c === '"') this.#beginString(false);
    else if (c === "{") this.#open({ kind: "object", value: {}, members: 0, cost: 0 }, "keyOrEnd");
    else if (c === "[") this.#open({ kind: "array", value: [], members: 0, cost: 0 }, "valueOrEnd");
    else if (/[-\dtfn]/.test(c)) {
      this.#token = c;
      this.#state = "atom";
    } else this.#state = "broken";
  }

  #open(container: Container, state: State): void {
    if (this.#stack.length === this.#maxDepth) {
      this.#state = "broken";
      return;
    }
    this.#stack.push(container);
    this.#resize(container);
    this.#state = state;
  }

  #beginString(isKey: boolean): void {
    this.#isKey = isKey;
    this.#token = "";
    this.#state = "string";
  }

  #readString(c: string): void {
    if (this.#escape !== "") {
      this.#readEscape(c);
    } else if (c === "\\") {
      this.#escape = c;
    } else if (c === '"') {
      const top = this.#stack.at(-1);
      if (this.#isKey && top?.kind === "object") {
        top.key = this.#token;
        this.#state = "colon";
      } else this.#endValue(this.#token);
    } else {
      // A bare control character: JSON.parse refuses it too.
      this.#state = "broken";
    }
  }

  #readEscape(c: string): void {
    this.#escape += c;
    const letter = this.#escape[1] as string;
    if (letter !== "u") {
      const meant = ESCAPES[letter];
      if (meant === undefined) this.#state = "broken";
      else this.#token += meant;
      this.#escape = "";
    } else if (this.#escape.length > 2 && !/[\da-fA-F]/.test(c)) {
      this.#state = "broken";
    } else if (this.#escape.length === 6) {
      this.#token += String.fromCharCode(Number.parseInt(this.#escape.slice(2), 16));
      this.#escape = "";
    }
  }

  #endAtom(): void {
    try {
      this.#endValue(JSON.parse(this.#token) as JsonValue);
    } catch {
      this.#state = "broken";
    }
  }

  #endValue(value: JsonValue): void {
    const top = this.#stack.at(-1);
    if (top === undefined) {
      this.#root = value;
      this.#state = "done";
      return;
    }
    top.members++;
    this.#resize(top);
    if (top.kind === "array") top.value.push(value);
    else {
      if (top.key !== undefined) define(top.value, top.key, value);
      top.key = undefined;
    }
    this.#state = "commaOrEnd";
  }

  #resize(container: Container): void {
    const cost = costOf(container.kind, container.members);
    this.#cost += cost - container.cost;
    container.cost = cost;
  }

  #close(): void {
    const closed = this.#stack.pop();
    if (!closed) return;
    this.#cost -= closed.cost;
    this.#endValue(closed.value);
  }
}

function endOfRun(text: string, start: number): number {
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22 || code === 0x5c || code < 0x20) return i;
  }
  return text.length;
}

/** Without a leading half of a surrogate pair at the end, whose other half is still to come. */
function withoutHalfPair(text: string): string {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff ? text.slice(0, -1) : text;
}

/** Assignment to `__proto__` would set the prototype. */
function define(target: JsonRecord, key: string, value: JsonValue): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else target[key] = value;
}

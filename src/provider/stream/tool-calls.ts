/** Tool calls of a stream: whole or in fragments, with an index or without, one or several at once. */
import { LlmError } from "../base/error.ts";
import type { ChatChunk, ExtraMembers, ToolCall } from "../base/types.ts";
import { isObject, parseJson } from "../base/values.ts";
import { toToolCall } from "../wire/response.ts";
import { readCallExtra } from "../wire/vendor.ts";
import { GrowingText } from "./growing-text.ts";
import { ObjectEnd } from "./object-end.ts";

export interface WireToolCallDelta {
  index?: number | null | undefined;
  id?: string | null | undefined;
  function?: { name?: string | null | undefined; arguments?: string | null | undefined } | null | undefined;
}

interface OpenCall {
  id: string | undefined;
  name: string | undefined;
  /** It was whole, and a blank fragment named its function once more: another call of it may follow. */
  isNamedAgain: boolean;
  arguments: GrowingText;
  end: ObjectEnd;
  /** Whether the arguments are a whole JSON object; undefined until it is asked at their closing brace. */
  isComplete: boolean | undefined;
  /** What the service wants back with it. */
  extra: ExtraMembers | undefined;
  /** As it was given out: what the service sends late is added to it. */
  given: ToolCall | undefined;
}

/** Puts calls together. What a delta costs does not depend on how many calls or characters came before it. */
export class ToolCallAssembly {
  readonly #open: OpenCall[] = [];
  /** The last call of each index and of each id of the wire. */
  readonly #byWireIndex = new Map<number, number>();
  readonly #byId = new Map<string, number>();
  readonly #done: ToolCall[] = [];
  readonly #ids = new Set<string>();
  readonly #push: (chunk: ChatChunk) => void;

  constructor(push: (chunk: ChatChunk) => void) {
    this.#push = push;
  }

  /** The deltas of one chunk. A call that is complete when another begins is given out then. */
  accept(deltas: readonly WireToolCallDelta[]): void {
    // A call that began in this very chunk has its name: the same name once more in it is another call.
    const before = this.#open.length;
    for (const delta of deltas) {
      const position = this.#find(delta, before) ?? this.#begin(delta);
      const call = this.#open[position];
      if (!call) continue;
      const name = delta.function?.name || undefined;
      const piece = delta.function?.arguments ?? "";
      if (isEmptyObject(call) && !isBlank(piece)) restart(call);
      const chunk: ChatChunk & { type: "toolCallDelta" } = {
        type: "toolCallDelta",
        index: position,
        arguments: piece,
      };
      if (delta.id && !call.id) {
        chunk.id = call.id = delta.id;
        this.#byId.set(delta.id, Math.max(position, this.#byId.get(delta.id) ?? 0));
      }
      if (name && !call.name) chunk.name = call.name = name;
      call.arguments.append(piece);
      call.end.push(piece);
      keepExtra(call, readCallExtra(delta));
      this.#push(chunk);
    }
  }

  get hasBegun(): boolean {
    return this.#open.length > 0;
  }

  /** No more fragments come. */
  complete(): readonly ToolCall[] {
    while (this.#done.length < this.#open.length) this.#giveOut();
    return this.#done;
  }

  /** Which call a delta goes on with; `undefined`: it begins one. */
  #find(delta: WireToolCallDelta, before: number): number | undefined {
    const position = this.#candidate(delta) ?? -1;
    const known = this.#open[position];
    if (!known) return undefined;
    const { name, arguments: piece } = delta.function ?? {};
    if (!name || !known.name) {
      const isNext = known.isNamedAgain && !isBlank(piece) && !delta.id;
      return isNext ? undefined : position;
    }
    const hasId = Boolean(delta.id && known.id);
    const sameId = hasId && delta.id === known.id;
    // A second name is another call, also under the same index, as some servers give index 0 to all; unless it is the
    // call's own, repeated in every fragment.
    if (hasId && !sameId) return undefined;
    if (known.name !== name)
      return sameId && delta.index != null && !isComplete(known) ? position : undefined;
    // Nothing can follow what is whole; a call that began in this very chunk has its name.
    const isOver = isComplete(known) && !isBlank(piece);
    const isOpen = !isComplete(known) && known.end.hasBegun;
    if (isOver || (position >= before && !(sameId && isOpen))) return undefined;
    const isMarked = sameId || delta.index != null;
    if (!isMarked && !isOpen && isBlank(piece)) return undefined;
    known.isNamedAgain = !sameId && isComplete(known);
    return position;
  }

  #candidate(delta: WireToolCallDelta): number | undefined {
    if (delta.index != null) return this.#byWireIndex.get(delta.index);
    if (delta.id) return this.#byId.get(delta.id);
    return this.#open.length - 1;
  }

  #begin(delta: WireToolCallDelta): number {
    // In order, and only calls that are complete: fragments of several calls may be mixed.
    while (this.#done.length < this.#open.length) {
      const next = this.#open[this.#done.length];
      if (!next || !isComplete(next)) break;
      this.#giveOut();
    }
    const before = this.#open[this.#candidate(delta) ?? -1];
    if (delta.index != null) this.#byWireIndex.set(delta.index, this.#open.length);
    this.#open.push({
      id: undefined,
      name: before?.isNamedAgain ? before.name : undefined,
      isNamedAgain: false,
      arguments: new GrowingText(),
      end: new ObjectEnd(),
      isComplete: undefined,
      extra: undefined,
      given: undefined,
    });
    return this.#open.length - 1;
  }

  #giveOut(): void {
    const position = this.#done.length;
    const call = this.#open[position];
    if (!call) return;
    if (!call.name) {
      throw new LlmError("InvalidResponse", `Tool call ${position} of the stream has no function name`);
    }
    const wire = { id: call.id, function: { name: call.name, arguments: call.arguments.read() } };
    const toolCall = toToolCall(wire, this.#ids, call.extra);
    call.given = toolCall;
    this.#done.push(toolCall);
    this.#push({ type: "toolCall", toolCall });
  }
}

/** A JSON object that has its closing brace takes no further fragment. Blank may still grow. */
function isComplete(call: OpenCall): boolean {
  if (!call.end.isReached) return false;
  call.isComplete ??= parseJson(call.arguments.read()) !== undefined;
  return call.isComplete;
}

function keepExtra(call: OpenCall, extra: ExtraMembers | undefined): void {
  if (!extra) return;
  call.extra ??= {};
  const { function: before } = call.extra;
  Object.assign(call.extra, extra);
  if (isObject(before) && isObject(extra.function))
    call.extra.function = Object.assign(before, extra.function);
  if (call.given) call.given.extra = call.extra;
}

const isBlank = (piece: string | null | undefined) => !piece || piece.trim() === "";

/** Some servers begin with an empty object, and send the arguments after it. */
const isEmptyObject = (call: OpenCall) =>
  call.end.isReached && call.arguments.length <= 8 && /^\s*\{\s*\}\s*$/.test(call.arguments.read());

function restart(call: OpenCall): void {
  call.arguments = new GrowingText();
  call.end = new ObjectEnd();
  call.isComplete = undefined;
}

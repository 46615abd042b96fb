/** Files of a prompt as parts of a message. */
import type { SharedV3ProviderOptions } from "@ai-sdk/provider";
import type { ContentPart, ExtraMembers, ImagePart } from "../provider/base/types.ts";
import { isObject } from "../provider/base/values.ts";
import type { GivenOptions } from "./given-options.ts";
import { unsupported } from "./peer.ts";

/** A file, wherever in a prompt it stands; `data` in any of the forms that `ai` 6 and 7 give it. */
export interface PromptFile {
  data: unknown;
  mediaType: string;
  filename?: string | undefined;
  providerOptions?: SharedV3ProviderOptions | undefined;
}

type FileData =
  | { type: "bytes"; bytes: Uint8Array }
  | { type: "base64"; base64: string }
  | { type: "url"; url: string }
  | { type: "text"; text: string }
  | { type: "id"; id: string };

/**
 * Images become image parts, text files their text, audio and all else the parts of OpenAI's protocol that carry them.
 * Throws `UnsupportedFunctionalityError` for data in no form that is known.
 */
export function toFilePart(file: PromptFile, given: GivenOptions): ContentPart {
  const data = readData(file.data);
  const type = parseMediaType(file.mediaType);
  const isPicture = isImage(type.name) && data.type !== "text" && data.type !== "id";
  const known = isPicture ? (["extra", "detail"] as const) : (["extra"] as const);
  const { extra, detail } = given.of(file.providerOptions, known, `a file part (${type.name})`);
  const more = { ...(extra && { extra }) };
  if (data.type === "id") return raw("file", { file_id: data.id }, extra);
  if (isPicture) return { ...toImage(data, type.name), ...(detail && { detail }), ...more };
  const text = textOf(data, type, given);
  if (text !== undefined) return { type: "text", text, ...more };
  const format = AUDIO_FORMATS.get(type.name);
  if (format !== undefined && data.type !== "url")
    return raw("input_audio", { data: base64Of(data), format }, extra);
  const { filename } = file;
  const file_data = data.type === "url" ? data.url : `data:${type.name};base64,${base64Of(data)}`;
  return raw("file", { ...(filename !== undefined && { filename }), file_data }, extra);
}

interface MediaType {
  name: string;
  charset: string;
}

/** Its name is of small letters, whoever wrote it, and parameters may follow. */
function parseMediaType(mediaType: string): MediaType {
  const [name = "", ...parameters] = mediaType.toLowerCase().split(";");
  const [, charset = "utf-8"] =
    parameters.map((text) => /^\s*charset="?([^"]*)"?\s*$/.exec(text)).find((found) => found !== null) ?? [];
  return { name: name.trim(), charset };
}

/** Of a URL whose media type nobody told: what it says itself, else what its ending stands for. */
export function mediaTypeOf(url: string): string {
  const [, told] = /^data:([^,;]+)/i.exec(url) ?? [];
  if (told !== undefined) return told;
  return /\.(png|jpe?g|gif|webp|avif|bmp)([?#]|$)/i.test(url) ? "image/*" : "application/octet-stream";
}

const isImage = (mediaType: string) => mediaType === "image" || mediaType.startsWith("image/");

/** As OpenAI's protocol calls them. */
const AUDIO_FORMATS = new Map([
  ["audio/wav", "wav"],
  ["audio/x-wav", "wav"],
  ["audio/mpeg", "mp3"],
  ["audio/mp3", "mp3"],
]);

function toImage(data: Exclude<FileData, { type: "id" | "text" }>, mediaType: string): ImagePart {
  if (data.type === "url") return { type: "image", image: data.url };
  // `image/*`: the provider tells the type by the first bytes.
  if (!/^image\/[\w.+-]+$/.test(mediaType)) return { type: "image", image: bytesOf(data) };
  if (data.type === "bytes") return { type: "image", image: data.bytes, mediaType };
  return { type: "image", image: `data:${mediaType};base64,${data.base64}` };
}

/** Undefined for what is no text. */
function textOf(
  data: FileData,
  { name, charset }: MediaType,
  { warnings }: GivenOptions,
): string | undefined {
  if (data.type === "text") return data.text;
  const isText = /^(text(\/.*)?|application\/(json|xml))$/.test(name);
  if (!isText || data.type === "url" || data.type === "id") return undefined;
  const bytes = bytesOf(data);
  const actual = markOf(bytes) ?? charset;
  try {
    return decoderOf(actual, true).decode(bytes);
  } catch (fault) {
    if (!(fault instanceof TypeError)) throw fault;
    warnings.compatibility(
      `a file part (${name})`,
      `some of its bytes are no ${actual}, and are sent as U+FFFD; charset in its media type says what they are`,
    );
    return decoderOf(actual, false).decode(bytes);
  }
}

/** What a text says of its own encoding by its first bytes. As on the web, that counts more than what it is said to be. */
function markOf([first, second, third]: Uint8Array): string | undefined {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  return first === 0xef && second === 0xbb && third === 0xbf ? "utf-8" : undefined;
}

function decoderOf(charset: string, fatal: boolean): TextDecoder {
  try {
    return new TextDecoder(charset, { fatal });
  } catch {
    throw unsupported(`a text in ${charset.slice(0, 60)}`);
  }
}

const raw = (type: string, content: ExtraMembers, extra: ExtraMembers | undefined): ContentPart => ({
  type: "raw",
  part: { type, [type]: content, ...extra },
});

function bytesOf(data: { type: "bytes"; bytes: Uint8Array } | { type: "base64"; base64: string }) {
  if (data.type === "bytes") return data.bytes;
  return Uint8Array.from(atob(data.base64), (char) => char.charCodeAt(0));
}

function base64Of(data: FileData): string {
  if (data.type === "base64") return data.base64;
  if (data.type !== "bytes") throw unknownData();
  let binary = "";
  // In steps: all bytes as arguments of one call would exceed the stack.
  for (let start = 0; start < data.bytes.length; start += 0x8000)
    binary += String.fromCharCode(...data.bytes.subarray(start, start + 0x8000));
  return btoa(binary);
}

/** Plain (bytes, base64, URL), or tagged: `{ type: "data" | "url" | "text" | "reference" }`. */
function readData(data: unknown): FileData {
  if (data instanceof Uint8Array) return { type: "bytes", bytes: data };
  if (data instanceof ArrayBuffer) return { type: "bytes", bytes: new Uint8Array(data) };
  if (data instanceof URL) return readUrl(data.href);
  if (typeof data === "string")
    return /^(https?|data):/i.test(data) ? readUrl(data) : { type: "base64", base64: plainBase64(data) };
  if (isObject(data)) {
    if (data.type === "data") return readData(data.data);
    if (data.type === "url") return readUrl(String(data.originalUrl ?? data.url));
    if (data.type === "text" && typeof data.text === "string") return { type: "text", text: data.text };
    if (data.type === "reference") return { type: "id", id: idOf(data.reference) };
  }
  throw unknownData();
}

/** A `data:` URL as what it holds, so that a text in one is read as a text. */
function readUrl(url: string): FileData {
  const [, base64, written] = /^data:[^,]*?(;base64)?,(.*)$/is.exec(url) ?? [];
  if (written === undefined) return { type: "url", url };
  const text = unescaped(written);
  return base64 === undefined
    ? { type: "bytes", bytes: new TextEncoder().encode(text) }
    : { type: "base64", base64: plainBase64(text) };
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unknownData();
  }
}

/** As services take it: the alphabet of URLs, line breaks and missing ends are legal, but not all read them. */
function plainBase64(text: string): string {
  const bare = text.replaceAll(/[\s=]/g, "").replaceAll("-", "+").replaceAll("_", "/");
  if (!/^[A-Za-z0-9+/]*$/.test(bare) || bare.length % 4 === 1) throw unknownData();
  return bare.padEnd(Math.ceil(bare.length / 4) * 4, "=");
}

/** A file that the service has, by its id there; for several services by their names. */
export function idOf(reference: unknown): string {
  if (typeof reference === "string") return reference;
  const id = isObject(reference) ? (reference.groq ?? Object.values(reference)[0]) : undefined;
  if (typeof id === "string") return id;
  throw unsupported("a file's reference without an id");
}

const unknownData = () => unsupported("a file whose data is no bytes, base64, text or URL");

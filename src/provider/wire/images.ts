/** An image part as the URL that the wire takes. */

import type { ImagePart } from "../base/types.ts";
import { invalidRequest, kindOf } from "../base/values.ts";

/** An http(s) or data URL; bytes become a data URI of their media type. `place` is for the error. */
export function toImageUrl(part: ImagePart, place: string): string {
  const { image } = part;
  if (image instanceof URL) return checkUrl(image.href, place);
  if (typeof image === "string") return checkUrl(image, place);
  if (!ArrayBuffer.isView(image) && !/Buffer\]$/.test(Object.prototype.toString.call(image)))
    throw invalidRequest(`${place}.image`, `expected a URL, a data URI or bytes, got ${kindOf(image)}`);
  const bytes = image instanceof Uint8Array ? image : new Uint8Array(image);
  const mediaType = part.mediaType ?? detectMediaType(bytes);
  if (mediaType === undefined) {
    throw invalidRequest(`${place}.mediaType`, "expected it beside bytes that are no PNG, JPEG, GIF or WebP");
  }
  return `data:${mediaType};base64,${toBase64(bytes)}`;
}

function checkUrl(url: string, place: string): string {
  if (/^(https?:\/\/|data:image\/[\w.+-]+[;,])/i.test(url)) return url;
  throw invalidRequest(`${place}.image`, "expected an http(s) URL or a data:image/… URI");
}

function detectMediaType(bytes: Uint8Array): string | undefined {
  const starts = (...head: number[]) => head.every((byte, index) => bytes[index] === byte);
  if (starts(0x89, 0x50, 0x4e, 0x47)) return "image/png";
  if (starts(0xff, 0xd8, 0xff)) return "image/jpeg";
  if (starts(0x47, 0x49, 0x46, 0x38)) return "image/gif";
  if (starts(0x52, 0x49, 0x46, 0x46) && bytes[8] === 0x57 && bytes[9] === 0x45) return "image/webp";
  return undefined;
}

/** In steps, since a whole image as arguments of one call would exceed the stack. */
function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let start = 0; start < bytes.length; start += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return btoa(binary);
}

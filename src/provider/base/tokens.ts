/** How many tokens texts may be, for whoever sets something aside before a call. */

export const CHARACTERS_PER_TOKEN = 4;
export const TOKENS_PER_MESSAGE = 4;
export const TOKENS_PER_IMAGE = 1000;
/** Where a call sets no `maxTokens`: more than most answers take, less than would block a small allowance. */
export const DEFAULT_COMPLETION_TOKENS = 1024;

const NOT_LATIN = /[^\0-\u024f]/;

/** A text's length, as if it were English: other alphabets have two characters a token, Chinese and Japanese one. */
export function lengthOf(text: string): number {
  if (!NOT_LATIN.test(text)) return text.length;
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    length += code < 0x250 ? 1 : code < 0x2e80 ? 2 : 4;
  }
  return length;
}

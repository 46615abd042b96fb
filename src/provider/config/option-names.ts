/** How errors name an option: as whoever wrote it did, in code or in a configuration. */

/** Marks a configuration that was made of options in code. Spreads keep it, JSON does not. */
export const WRITTEN_IN_CODE = Symbol("groq-provider: written in code");

/** From the name in code, as `maxQueueMs`, to the name that its writer knows. */
export type OptionNames = (name: string) => string;

export const inCode: OptionNames = (name) => name;

const inConfiguration: OptionNames = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export function optionNames(config: object): OptionNames {
  return WRITTEN_IN_CODE in config ? inCode : inConfiguration;
}

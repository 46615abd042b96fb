/**
 * What an application says and gets.
 *
 * Names are the OpenAI protocol's in camelCase. Input properties accept an explicit `undefined`, so that
 * callers under `exactOptionalPropertyTypes` can pass values through; output properties are absent when unknown.
 */
export type * from "./json.ts";
export type * from "./messages.ts";
export type * from "./options.ts";
export type * from "./responses.ts";

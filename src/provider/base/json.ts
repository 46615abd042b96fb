/** What JSON can hold. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
/** An object that JSON can hold. */
export type JsonObject = { [key: string]: JsonValue };
/** A JSON Schema document, as sent to the server. */
export type JsonSchema = { [key: string]: unknown };

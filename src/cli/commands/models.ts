/** `groq-provider models`: what there is to ask. */
import type { ModelInfo } from "../../provider/base/types.ts";
import { type Column, formatColumns, formatCount } from "../columns.ts";
import { type ConnectionOptions, connect, DEFAULT_MODEL } from "../connection.ts";
import { EXIT, type Io } from "../io.ts";

export interface ModelsOptions extends Omit<ConnectionOptions, "model"> {
  json?: boolean | undefined;
}

const COLUMNS: readonly Column<ModelInfo>[] = [
  { title: "MODEL", cell: ({ id, active }) => (active === false ? `${id} (not serving)` : id) },
  { title: "CONTEXT", cell: ({ contextWindow }) => formatCount(contextWindow), align: "right" },
  { title: "MAX OUTPUT", cell: ({ maxOutputTokens }) => formatCount(maxOutputTokens), align: "right" },
  { title: "$/M IN", cell: ({ pricing }) => perMillion(pricing?.prompt), align: "right" },
  { title: "$/M OUT", cell: ({ pricing }) => perMillion(pricing?.completion), align: "right" },
  { title: "IN", cell: ({ inputModalities }) => inputModalities?.join(", ") },
  { title: "OUT", cell: ({ outputModalities }) => outputModalities?.join(", ") },
  { title: "FEATURES", cell: ({ features }) => features?.join(", ") },
];

/** Prints a table, or with `json` the list as data. */
export async function models({ json = false, ...options }: ModelsOptions, io: Io): Promise<number> {
  // A list needs no model, but a provider has one.
  const provider = connect({ ...options, model: DEFAULT_MODEL }, io);
  const list = await provider.listModels({ signal: io.signal });
  const sorted = list.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  io.stdout.write(json ? `${JSON.stringify(sorted, undefined, 2)}\n` : formatColumns(sorted, COLUMNS, io));
  return EXIT.ok;
}

const perMillion = (price: number | undefined): string | undefined =>
  price === undefined
    ? undefined
    : (price * 1e6).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 4 });

/** Which operation of the old document is which of the new one. */
import { bare, type FoundContract } from "./contract.ts";
import { serverPath } from "./servers.ts";

export interface Matches {
  pairs: { before: FoundContract; after: FoundContract; isMoved: boolean }[];
  removed: FoundContract[];
  added: FoundContract[];
}

/** What two operations have in common that are the same one, the surest first. */
const LIKENESSES: { key: (found: FoundContract) => string | undefined; isMoved: boolean }[] = [
  { key: ({ label }) => label, isMoved: false },
  { key: ({ method, template }) => `${method} ${bare(template)}`, isMoved: false },
  // A prefix may stand in the paths or in the server's URL.
  { key: (found) => `${found.method} ${serverPath(found.servers) + bare(found.template)}`, isMoved: false },
  {
    key: ({ method, operation: { operationId } }) =>
      typeof operationId === "string" ? `${method} ${operationId}` : undefined,
    isMoved: true,
  },
];

export function matchOperations(before: readonly FoundContract[], after: readonly FoundContract[]): Matches {
  const removed = new Set(before);
  const added = new Set(after);
  const pairs: Matches["pairs"] = [];
  for (const { key, isMoved } of LIKENESSES) {
    const byKey = new Map([...added].map((found) => [key(found), found]));
    for (const old of removed) {
      const name = key(old);
      const current = name === undefined ? undefined : byKey.get(name);
      if (!current || !added.has(current)) continue;
      pairs.push({ before: old, after: current, isMoved });
      removed.delete(old);
      added.delete(current);
    }
  }
  const order = new Map(before.map((found, index) => [found, index]));
  pairs.sort((a, b) => (order.get(a.before) ?? 0) - (order.get(b.before) ?? 0));
  return { pairs, removed: [...removed], added: [...added] };
}

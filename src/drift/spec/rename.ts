/** Members that only have another name now. */

export interface Member {
  name: string;
  schema: unknown;
  /** Equal for members that may be the same; asked for at most once. */
  signature: () => string;
}

export interface Renames {
  /** The new name by the old one. */
  gone: Map<string, string>;
  /** The new names. */
  come: Set<string>;
}

/**
 * A member that is gone and one that is new are one renamed, where no other of either list has the same signature and
 * `isSame` finds that their schemas mean the same.
 */
export function findRenames(
  gone: readonly Member[],
  come: readonly Member[],
  isSame: (before: unknown, after: unknown) => boolean,
): Renames {
  const renames: Renames = { gone: new Map(), come: new Set() };
  if (gone.length === 0 || come.length === 0) return renames;
  const candidates = only(come);
  for (const [signature, old] of only(gone)) {
    const current = candidates.get(signature);
    if (!old || !current || !isSame(old.schema, current.schema)) continue;
    renames.gone.set(old.name, current.name);
    renames.come.add(current.name);
  }
  return renames;
}

/** By signature; undefined where several have it. */
function only(members: readonly Member[]): Map<string, Member | undefined> {
  const found = new Map<string, Member | undefined>();
  for (const member of members) {
    const signature = member.signature();
    found.set(signature, found.has(signature) ? undefined : member);
  }
  return found;
}

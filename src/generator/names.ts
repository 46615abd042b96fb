/** Names of the document as names of TypeScript. */

/** Words that can't name a variable, and those that the generated files have for themselves. */
const RESERVED = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends false " +
    "finally for function if implements import in instanceof interface let new null package private protected public return " +
    "static super switch this throw true try typeof undefined var void while with yield " +
    "z lazily isUnique hasLength hasMembers components answerSchemas requestSchemas"
  ).split(" "),
);

export const isName = (text: string): boolean => /^[A-Za-z_$][\w$]*$/.test(text);

/** A member's name as it stands in an object or an interface. */
export const memberName = (name: string): string => (isName(name) ? name : JSON.stringify(name));

/** A variable for each name, no two the same. */
export function variableNames(names: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  return new Map(
    names.map((name) => {
      const plain = name.replace(/[^\w$]+/g, "_").replace(/^(?=\d)/, "_") || "_";
      const wanted = RESERVED.has(plain) ? `${plain}_` : plain;
      let own = wanted;
      for (let i = 2; taken.has(own); i++) own = `${wanted}_${i}`;
      taken.add(own);
      return [name, own];
    }),
  );
}

/** All keywords that are checked, and those that combine schemas. */
import type { Findings, Keyword } from "./findings.ts";
import { list } from "./json-schema-walk.ts";
import { memberKeywords } from "./member-keywords.ts";
import { valueKeywords } from "./value-keywords.ts";

const allOf: Keyword = (schemas, _schema, nodes) => {
  const all = list(schemas).map((schema) => nodes.node(schema));
  return (value, place, run) => {
    for (const node of all) run.apply(node, value, place);
  };
};

const anyOf: Keyword = (schemas, _schema, nodes) => {
  const all = list(schemas).map((schema) => nodes.node(schema));
  return (value, place, run) => {
    const failures: Findings[] = [];
    for (const node of all) {
      const found = run.judge(node, value, place);
      if (found.count === 0) return;
      failures.push(found);
    }
    run.fail(place, (levels) => noneOf(failures, levels));
  };
};

const oneOf: Keyword = (schemas, _schema, nodes) => {
  const all = list(schemas).map((schema) => nodes.node(schema));
  return (value, place, run) => {
    const judged = all.map((node) => run.judge(node, value, place));
    const fitting = judged.filter(({ count }) => count === 0).length;
    if (fitting === 0) run.fail(place, (levels) => noneOf(judged, levels));
    if (fitting > 1) run.fail(place, () => `expected to fit exactly one alternative, fits ${fitting}`);
  };
};

/** Tells of the alternative with the fewest problems, and of the alternatives in it only as far as `levels`. */
function noneOf(failures: readonly Findings[], levels: number): string {
  const nearest = failures.reduce<Findings | undefined>(
    (best, next) => (best && best.count <= next.count ? best : next),
    undefined,
  );
  const none = `fits none of ${failures.length} alternatives`;
  if (!nearest || levels === 0) return none;
  return `${none}; the nearest wants ${nearest.texts(3, levels - 1).join("; ")}`;
}

const not: Keyword = (argument, _schema, nodes) => {
  const node = nodes.node(argument);
  return (value, place, run) => {
    if (run.fits(node, value, place)) run.fail(place, () => "fits what is not allowed");
  };
};

const condition: Keyword = (argument, schema, nodes) => {
  const [node, then, otherwise] = [argument, schema.then, schema.else].map((part) => nodes.node(part));
  return (value, place, run) => {
    const branch = node && run.fits(node, value, place) ? then : otherwise;
    if (branch) run.apply(branch, value, place);
  };
};

const reference: Keyword = (pointer, _schema, nodes) => {
  const node = nodes.ref(String(pointer));
  return (value, place, run) => run.findings.addAll(run.judgeOnce(node, value, place));
};

let all: ReadonlyMap<string, Keyword> | undefined;

/** By their names. Made when they are asked for first, so that bundles of applications without schemas leave them out. */
export function keywords(): ReadonlyMap<string, Keyword> {
  all ??= new Map<string, Keyword>([
    ["$ref", reference],
    ...valueKeywords(),
    ...memberKeywords(),
    ["allOf", allOf],
    ["anyOf", anyOf],
    ["oneOf", oneOf],
    ["not", not],
    ["if", condition],
  ]);
  return all;
}

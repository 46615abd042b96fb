/** Keywords that look at the items of a list and the members of an object. */
import { isObject } from "../base/values.ts";
import type { Keyword, Node, Nodes } from "./findings.ts";
import { list } from "./json-schema-walk.ts";
import { keyOf, shown } from "./json-value.ts";
import { LONGEST_MATCHED } from "./value-keywords.ts";

const uniqueItems: Keyword = (unique) => {
  if (unique !== true) return undefined;
  return (value, place, run) => {
    if (!Array.isArray(value)) return;
    const seen = new Set<unknown>();
    for (const [i, item] of value.entries()) {
      if (seen.size === seen.add(keyOf(item)).size) {
        run.fail(place, () => `expected items that differ, but item ${i} is a repetition`);
        return;
      }
    }
  };
};

const prefixItems: Keyword = (schemas, _schema, nodes) => {
  const prefix = list(schemas).map((schema) => nodes.node(schema));
  return (value, place, run) => {
    if (!Array.isArray(value)) return;
    for (const [i, node] of prefix.entries()) {
      if (i < value.length) run.applyTo(node, value[i], place, i);
    }
  };
};

const restOfItems: Keyword = (argument, schema, nodes) => {
  const node = nodes.node(argument);
  const start = list(schema.prefixItems).length;
  return (value, place, run) => {
    if (!Array.isArray(value)) return;
    for (let i = start; i < value.length; i++) run.applyTo(node, value[i], place, i);
  };
};

const contains: Keyword = (argument, schema, nodes) => {
  const node = nodes.node(argument);
  const least = Number(schema.minContains ?? 1);
  const most = Number(schema.maxContains ?? Number.POSITIVE_INFINITY);
  return (value, place, run) => {
    if (!Array.isArray(value)) return;
    const found = value.filter((item, key) => run.fits(node, item, { parent: place, key })).length;
    if (found < least || found > most) {
      run.fail(place, () => `expected ${least} to ${most} items that fit "contains", got ${found}`);
    }
  };
};

const required: Keyword = (names) => {
  const wanted = list(names).map(String);
  return (value, place, run) => {
    if (!isObject(value)) return;
    for (const name of wanted) {
      if (!Object.hasOwn(value, name)) run.fail(place, () => `property ${JSON.stringify(name)} is missing`);
    }
  };
};

/** One node for each member of an argument that is an object of schemas. */
function nodesOf(schemas: unknown, nodes: Nodes): [name: string, node: Node][] {
  if (!isObject(schemas)) return [];
  return Object.entries(schemas).map(([name, schema]) => [name, nodes.node(schema)]);
}

const named: Keyword = (schemas, _schema, nodes) => {
  const members = nodesOf(schemas, nodes);
  return (value, place, run) => {
    if (!isObject(value)) return;
    for (const [key, node] of members) {
      if (Object.hasOwn(value, key)) run.applyTo(node, value[key], place, key);
    }
  };
};

const patternProperties: Keyword = (schemas, _schema, nodes) => {
  const members = nodesOf(schemas, nodes).map(([text, node]) => [patternOf(text), node] as const);
  return (value, place, run) => {
    if (!isObject(value)) return;
    for (const key of Object.keys(value)) {
      for (const [matches, node] of members) {
        if (matches(key)) run.applyTo(node, value[key], place, key);
      }
    }
  };
};

const additionalProperties: Keyword = (argument, schema, nodes) => {
  const node = nodes.node(argument);
  const names = new Set(isObject(schema.properties) ? Object.keys(schema.properties) : []);
  const patterns = isObject(schema.patternProperties)
    ? Object.keys(schema.patternProperties).map(patternOf)
    : [];
  return (value, place, run) => {
    if (!isObject(value)) return;
    for (const key of Object.keys(value)) {
      if (names.has(key) || patterns.some((matches) => matches(key))) continue;
      if (argument === false) run.fail(place, () => `property ${shown(key)} is not in the schema`);
      else run.applyTo(node, value[key], place, key);
    }
  };
};

/** A name that is too long to be matched matches nothing. */
function patternOf(text: string): (name: string) => boolean {
  const matching = new RegExp(text, "u");
  return (name) => name.length <= LONGEST_MATCHED && matching.test(name);
}

const propertyNames: Keyword = (argument, _schema, nodes) => {
  const node = nodes.node(argument);
  return (value, { parent, key }, run) => {
    // A place of its own for each name, at the place of the object.
    if (isObject(value)) for (const name of Object.keys(value)) run.apply(node, name, { parent, key });
  };
};

const dependentRequired: Keyword = (rules, schema, nodes) => {
  const checks = Object.entries(isObject(rules) ? rules : {}).map(
    ([key, names]) => [key, required(names, schema, nodes)] as const,
  );
  return (value, place, run) => {
    if (!isObject(value)) return;
    for (const [key, check] of checks) if (Object.hasOwn(value, key)) check?.(value, place, run);
  };
};

const dependentSchemas: Keyword = (schemas, _schema, nodes) => {
  const members = nodesOf(schemas, nodes);
  return (value, place, run) => {
    if (!isObject(value)) return;
    for (const [key, node] of members) if (Object.hasOwn(value, key)) run.apply(node, value, place);
  };
};

export const memberKeywords = (): [string, Keyword][] => [
  ["uniqueItems", uniqueItems],
  ["prefixItems", prefixItems],
  ["items", restOfItems],
  ["contains", contains],
  ["required", required],
  ["properties", named],
  ["patternProperties", patternProperties],
  ["additionalProperties", additionalProperties],
  ["propertyNames", propertyNames],
  ["dependentRequired", dependentRequired],
  ["dependentSchemas", dependentSchemas],
];

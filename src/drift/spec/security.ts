/** How a request shows who sends it, and what changed in that. */
import { type OpenApiDocument, resolveReference } from "../../openapi/document.ts";
import type { JsonObject } from "../../openapi/json.ts";
import { isObject, valueAt } from "../../provider/base/values.ts";
import { type Finding, note } from "./change.ts";

/** One of the ways to authenticate; another may do as well. */
export interface Way {
  /** `http bearer`, `key in header x-key`, … */
  text: string;
  scopes: string[];
  /** Where tokens come from. */
  addresses: string[];
}

/** An empty list: nothing is needed. */
export function readWays(document: OpenApiDocument, security: unknown): Way[] {
  const options = (Array.isArray(security) ? security : []).filter(isObject);
  const ways = options.map((option) => readWay(document, option));
  return ways.some(({ text }) => text === "") ? [] : ways;
}

function readWay(document: OpenApiDocument, option: JsonObject): Way {
  const names = Object.keys(option).sort();
  const schemes = names.map((name) => schemeOf(document, name));
  const scopes = names.flatMap((name) => (Array.isArray(option[name]) ? option[name].map(String) : []));
  return {
    text: schemes.map((scheme, index) => schemeText(scheme) || names[index]).join(" and "),
    scopes: [...new Set(scopes)].sort(),
    addresses: schemes.flatMap(addressesOf).sort(),
  };
}

function schemeOf(document: OpenApiDocument, name: string): JsonObject {
  const scheme = valueAt(document.root, ["components", "securitySchemes", name]);
  if (!isObject(scheme)) return {};
  const target = typeof scheme.$ref === "string" ? resolveReference(document, scheme.$ref) : scheme;
  return isObject(target) ? target : {};
}

function schemeText(scheme: JsonObject): string {
  const parts = scheme.type === "apiKey" ? ["key in", scheme.in, scheme.name] : [scheme.type, scheme.scheme];
  return parts
    .filter((part) => typeof part === "string")
    .join(" ")
    .toLowerCase();
}

function addressesOf(scheme: JsonObject): string[] {
  const flows = Object.entries(isObject(scheme.flows) ? scheme.flows : {});
  const urls = flows.flatMap(([flow, value]) =>
    ["authorizationUrl", "tokenUrl", "refreshUrl"].map((name) => [`${flow} ${name}`, valueAt(value, [name])]),
  );
  return [...urls, ["openIdConnectUrl", scheme.openIdConnectUrl]]
    .filter(([, url]) => typeof url === "string")
    .map((pair) => pair.join(" "));
}

export function compareWays(before: readonly Way[], after: readonly Way[]): Finding[] {
  const [from, to] = [textOf(before), textOf(after)];
  const changed = `authentication changed from ${from} to ${to}`;
  if (before.length === 0 || after.length === 0) {
    if (before.length === after.length) return [];
    return [note(after.length > 0 ? "security-imposed" : "security-lifted", changed, from, to)];
  }
  const found: Finding[] = [];
  // The same way in both, with the same scopes where there are several.
  const gone = before.filter((way) => !after.some((other) => sameWay(way, other)));
  const come = after.filter((way) => !before.some((other) => sameWay(way, other)));
  for (const way of before) {
    const other = after.find((one) => sameWay(way, one));
    if (other) found.push(...compareAddresses(way, other));
  }
  for (const way of [...gone]) {
    const other = come.find(({ text }) => text === way.text);
    if (!other) continue;
    gone.splice(gone.indexOf(way), 1);
    come.splice(come.indexOf(other), 1);
    found.push(...compareScopes(way, other), ...compareAddresses(way, other));
  }
  if (gone.length === before.length && come.length > 0)
    return [...found, note("security-removed", changed, from, to)];
  const nameOf = ({ text, scopes }: Way) => (scopes.length > 0 ? `${text} (${scopes.join(", ")})` : text);
  return [
    ...found,
    ...gone.map(nameOf).map((name) => note("security-removed", `${name} is no longer taken`, name)),
    ...come.map(nameOf).map((name) => note("security-added", `${name} is taken too`, undefined, name)),
  ];
}

const textOf = (ways: readonly Way[]): string =>
  [...new Set(ways.map(({ text }) => text))].sort().join(" or ") || "none";

const sameWay = (a: Way, b: Way): boolean => a.text === b.text && a.scopes.join() === b.scopes.join();

function compareScopes(before: Way, after: Way): Finding[] {
  const come = after.scopes.filter((scope) => !before.scopes.includes(scope));
  const gone = before.scopes.filter((scope) => !after.scopes.includes(scope));
  const found: Finding[] = [];
  if (come.length > 0)
    found.push(
      note(
        "security-scope-added",
        `${after.text} needs the scope ${come.join(", ")} too`,
        undefined,
        come.join(", "),
      ),
    );
  if (gone.length > 0) {
    const text = `${after.text} no longer needs the scope ${gone.join(", ")}`;
    found.push(note("security-scope-removed", text, gone.join(", ")));
  }
  return found;
}

function compareAddresses(before: Way, after: Way): Finding[] {
  const [from, to] = [before.addresses.join(", "), after.addresses.join(", ")];
  return from === to || from === "" || to === ""
    ? []
    : [note("security-address-changed", `${after.text}: tokens come from another URL`, from, to)];
}

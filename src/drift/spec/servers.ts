/** The servers of an operation. */
import { isObject } from "../../provider/base/values.ts";

// A product of variables beyond this says nothing more.
const MAX_URLS = 30;

/** The URLs of all servers, their variables filled in; an empty list where no server is named. */
export function readServers(servers: unknown): string[] {
  const list = Array.isArray(servers) ? servers.filter(isObject) : [];
  return [...new Set(list.flatMap((server) => urlsOf(server.url, server.variables)))];
}

function urlsOf(url: unknown, variables: unknown): string[] {
  if (typeof url !== "string") return [];
  let urls = [url];
  for (const [name, variable] of Object.entries(isObject(variables) ? variables : {})) {
    if (!isObject(variable)) continue;
    const values = Array.isArray(variable.enum) ? variable.enum : [variable.default];
    urls = urls.flatMap((text) => values.map((value) => text.replaceAll(`{${name}}`, String(value))));
    if (urls.length > MAX_URLS) urls.length = MAX_URLS;
  }
  return urls.map(withoutSlashes);
}

/** The path of the first server's URL: `/openai/v1`. */
export function serverPath(servers: unknown): string {
  const first: unknown = Array.isArray(servers) ? servers[0] : undefined;
  const url = isObject(first) ? (urlsOf(first.url, first.variables)[0] ?? "") : "";
  return withoutSlashes(url.replace(/^[a-z][a-z+.-]*:\/\/[^/]*/i, ""));
}

const withoutSlashes = (text: string): string => text.replace(/(?<!\/)\/+$/, "");

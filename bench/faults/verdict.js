/** What is said of a client's way through a case, and whether that is a loss. */
import { NO_COMPLETION } from "./contestants.js";

/** `{ text, loss }`: short, for a table's cell. */
export function judge(result, ending, whole) {
  const said = [];
  let loss = false;
  const lose = (text) => {
    loss = true;
    said.push(text);
  };
  if (result.hungMs) lose(`no end in ${result.hungMs / 1000} s`);
  else if (result.died !== undefined) lose("the process dies");
  else if (result.error) {
    const text = `${name(result.error)}, ${time(result.ms)}`;
    if ("text" in ending) lose(text);
    else said.push(text);
    // The platform's, not the client's: nobody who catches the client's own errors catches these.
    if (/^(TypeError|SyntaxError|RangeError|ReferenceError)$/.test(result.error.name)) loss = true;
  } else if ("text" in ending && result.text === ending.text) said.push(`fine, ${time(result.ms)}`);
  else lose(`wrong success: ${quote(result.text)}, ${time(result.ms)}`);
  if (result.escaped) lose(`uncaught ${name(result.escaped)}`);
  if (result.leaked) lose("socket left open");
  if (result.followed?.length)
    lose(`prompt sent on${result.followed.includes(true) ? " with the key" : " (without the key)"}`);
  if (result.next && result.next.text !== whole) {
    const { hungMs, error } = result.next;
    lose(`next call ${hungMs ? "hangs" : `fails: ${error ? name(error) : "wrong text"}`}`);
  }
  return { text: said.join("; "), loss };
}

function name({ name, status, timeout, message }) {
  // A class that says nothing says what its message does.
  const vague = /^(Error|TypeError|SyntaxError|APIError|AI_APICallError|object)$/.test(name);
  const facts = [status, timeout].filter((fact) => fact !== undefined).join(", ");
  const shown = `\`${name}\`${facts ? ` (${facts})` : ""}`;
  return vague && message && message !== "undefined" ? `${shown} "${cut(message)}"` : shown;
}

const cut = (text) => {
  const line = text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|").trim();
  return line.length > 48 ? `${line.slice(0, 47)}…` : line;
};
const quote = (text) => (text === NO_COMPLETION ? text : text === "" ? "empty text" : `"${cut(text)}"`);
const time = (ms) => (ms < 1000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`);

/** What an import does beyond giving its exports: called around it. */

const WATCHED = ["setTimeout", "setInterval", "fetch", "addEventListener"];

/** Counts calls of what would leave something behind, until `findNoise`. */
export function watchImports() {
  const calls = [];
  const originals = {};
  for (const name of WATCHED) {
    originals[name] = globalThis[name];
    if (!originals[name]) continue;
    globalThis[name] = (...args) => {
      calls.push(name);
      return originals[name](...args);
    };
  }
  const log = console.log;
  console.log = (...args) => {
    calls.push("console.log");
    log(...args);
  };
  return { calls, originals, log, globals: globalNames(), handles: handles(), listeners: listeners() };
}

/** Puts everything back, and names what the imports did. */
export function findNoise({ calls, originals, log, globals, handles: before, listeners: heard }) {
  for (const [name, original] of Object.entries(originals)) if (original) globalThis[name] = original;
  console.log = log;
  const added = globalNames().filter((name) => !globals.includes(name));
  return [
    ...calls.map((name) => `called ${name}`),
    ...added.map((name) => `global ${name}`),
    ...(handles() > before ? ["a handle"] : []),
    ...(listeners() > heard ? ["a listener of the process"] : []),
  ];
}

// zod keeps its configuration on the global object, so that its copies share one.
const globalNames = () => Object.getOwnPropertyNames(globalThis).filter((name) => !name.startsWith("__zod_"));

const handles = () =>
  (globalThis.process?.getActiveResourcesInfo?.() ?? []).filter((name) => !/^(FS|TTY|Pipe)/.test(name))
    .length;

const listeners = () =>
  globalThis.process?.eventNames?.().reduce((sum, name) => sum + process.listenerCount(name), 0) ?? 0;

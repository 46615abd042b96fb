/** The async context of a call, in which traces hang. */

/** Runs a function in the context in which this was made. */
export type InContext = <T>(run: () => T) => T;

const plain: InContext = (run) => run();

/** A candidate may be asked by a timer, or when another call ends: without this its spans would hang under that one. */
export function keepContext(): InContext {
  // Found at run time, as browsers and workers have none.
  const hooks = globalThis.process?.getBuiltinModule?.("node:async_hooks");
  return hooks?.AsyncLocalStorage.snapshot?.() ?? plain;
}

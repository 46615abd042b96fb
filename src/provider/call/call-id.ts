/** Numbers of calls: one listener, or one set of layers, may serve several providers, and must tell their calls apart. */
let last = 0;

/** The next number, of all calls of this process. */
export const nextCallId = (): number => ++last;

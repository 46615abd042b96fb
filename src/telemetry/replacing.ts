/** The same object with some of its members replaced: `replace` is given each as it is read. */
export function replacing<T extends object>(
  object: T,
  replace: (member: PropertyKey, value: unknown) => unknown,
): T {
  // A proxy of what is frozen may only give what that has.
  const target: T = Object.isFrozen(object) ? Object.create(object) : object;
  // Read with the object itself as `this`: it may have private members.
  return new Proxy(target, { get: (_, member) => replace(member, Reflect.get(object, member, object)) });
}

/**
 * Which estimators their JSON tells everything about, so that they can be made again elsewhere, in a worker say, and fit the same there: those that
 * this library made, of parts that are such. They are frozen; one with a method of the user's own in place is another object, and does not count.
 */
const made = new WeakSet<object>();

/** Marks an estimator that the library makes. */
export function travelling<E extends object>(estimator: E, parts: readonly object[] = []): E {
  if (parts.every((part) => made.has(part))) made.add(estimator);
  return Object.freeze(estimator);
}

export function travels(estimator: object): boolean {
  return made.has(estimator);
}

/** What an estimator with folds of its own is made of: a splitter, unlike a number of folds, is nothing that JSON tells everything about. */
export function travellingParts(estimators: readonly object[], folds: object | number): readonly object[] {
  return typeof folds === "number" ? estimators : [...estimators, folds];
}

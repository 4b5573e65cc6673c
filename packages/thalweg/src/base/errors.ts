/**
 * Three kinds of error, told apart by class: what the user did (`UserError` and its kinds), what the numbers did (`NumericalError`), and
 * what Thalweg did (`InternalError`).
 */

/** Something in the call can be changed to make it work; the message says what. */
export class UserError extends Error {
  override name = "UserError";
  /** The row of an argument, counted from 0, that the message names; so that who gave part of a table can tell which row of all it is. */
  declare place?: { readonly argument: string; readonly row: number };

  constructor(message: string, place?: { readonly argument: string; readonly row: number }) {
    super(message);
    if (place !== undefined) this.place = place;
  }
}

/** Shapes that do not fit together, or a size that an op does not take. */
export class ShapeError extends UserError {
  override name = "ShapeError";
}

/** A dtype that an op does not take. */
export class DTypeError extends UserError {
  override name = "DTypeError";
}

/** An axis, index or position out of range. */
export class IndexError extends UserError {
  override name = "IndexError";
}

/** A value was asked for where there is none yet: inside a function that is being traced. */
export class TraceError extends UserError {
  override name = "TraceError";
}

/** A program needs more memory than there is; what to do is to give it less at once. Nothing was changed. */
export class OutOfMemoryError extends UserError {
  override name = "OutOfMemoryError";

  /** Both in bytes: what the program asked for, and what others hold. */
  constructor(bytes: number, used: number) {
    super(
      `the program needs ${megabytes(bytes)} at once, and ${megabytes(used)} are in use: a WebAssembly memory ends at 4 GiB. ` +
        "Use smaller batches, or work on the data piece by piece",
    );
  }
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MB`;
}

/** The numbers do not allow a result: not positive definite, not converged, not finite. `facts` holds what was found. */
export class NumericalError extends Error {
  override name = "NumericalError";
  readonly facts: Readonly<Record<string, unknown>>;
  constructor(message: string, facts: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.facts = facts;
  }
}

/** A mistake in Thalweg itself. */
export class InternalError extends Error {
  override name = "InternalError";
  constructor(message: string) {
    super(`${message} (this is a mistake in Thalweg; please report it with the program that caused it)`);
  }
}
